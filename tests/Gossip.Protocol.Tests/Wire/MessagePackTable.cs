namespace Gossip.Protocol.Tests.Wire;

/// <summary>The formats of the MessagePack specification, written out by hand, against the reader and the writer.</summary>
public sealed class MessagePackTable
{
    private delegate bool Reading(ref MessagePackReader reader);

    private delegate bool Writing(ref MessagePackWriter writer);

    /// <summary>Every format of the specification once: name, bytes.</summary>
    public static TheoryData<string, string> Formats => new()
    {
        { "positive fixint", "00" }, { "positive fixint, largest", "7F" },
        { "fixmap, empty", "80" }, { "fixmap", "82 A1 61 01 A1 62 02" }, { "fixmap of fifteen", "8F" + Times(30, "C0") },
        { "fixarray, empty", "90" }, { "fixarray", "93 01 02 03" }, { "fixarray of fifteen", "9F" + Times(15, "C2") },
        { "fixstr, empty", "A0" }, { "fixstr", "A3 61 62 63" }, { "fixstr of thirty-one", "BF" + Times(31, "78") },
        { "nil", "C0" }, { "false", "C2" }, { "true", "C3" },
        { "bin 8", "C4 02 FF FE" }, { "bin 16", "C5 00 02 FF FE" }, { "bin 32", "C6 00 00 00 02 FF FE" },
        { "ext 8", "C7 03 05 01 02 03" }, { "ext 8, empty", "C7 00 05" }, { "ext 16", "C8 00 03 05 01 02 03" }, { "ext 32", "C9 00 00 00 03 05 01 02 03" },
        { "float 32", "CA 3F 80 00 00" }, { "float 64", "CB 3F F0 00 00 00 00 00 00" },
        { "uint 8", "CC 80" }, { "uint 16", "CD 01 00" }, { "uint 32", "CE 00 01 00 00" }, { "uint 64", "CF 00 00 00 01 00 00 00 00" },
        { "int 8", "D0 80" }, { "int 16", "D1 80 00" }, { "int 32", "D2 80 00 00 00" }, { "int 64", "D3 80 00 00 00 00 00 00 00" },
        { "fixext 1", "D4 05 01" }, { "fixext 2", "D5 05 01 02" }, { "fixext 4", "D6 05 01 02 03 04" },
        { "fixext 8", "D7 05" + Times(8, "01") }, { "fixext 16", "D8 05" + Times(16, "01") },
        { "str 8", "D9 02 61 62" }, { "str 16", "DA 00 02 61 62" }, { "str 32", "DB 00 00 00 02 61 62" },
        { "array 16", "DC 00 02 01 02" }, { "array 32", "DD 00 00 00 02 01 02" },
        { "map 16", "DE 00 01 01 02" }, { "map 32", "DF 00 00 00 01 01 02" },
        { "negative fixint", "E0" }, { "negative fixint, largest", "FF" },
        { "nested", "92 81 A1 61 93 C0 C7 01 05 09 CB 00 00 00 00 00 00 00 00 DC 00 01 80" },
    };

    public static TheoryData<ulong, string> Integers => new()
    {
        { 0, "00" }, { 127, "7F" }, { 128, "CC 80" }, { 255, "CC FF" }, { 256, "CD 01 00" }, { 65_535, "CD FF FF" },
        { 65_536, "CE 00 01 00 00" }, { uint.MaxValue, "CE FF FF FF FF" }, { uint.MaxValue + 1UL, "CF 00 00 00 01 00 00 00 00" },
        { ulong.MaxValue, "CF FF FF FF FF FF FF FF FF" },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_format_is_stepped_over_whole_and_no_truncation_of_it_is(string name, string hex)
    {
        var bytes = Bytes(hex);
        var reader = new MessagePackReader([.. bytes, 0x2A]);
        Assert.True(reader.TrySkip(out var skipped), name);
        Assert.Equal(bytes, skipped.ToArray());
        Assert.True(reader.TryUInt(out var behind) && behind == 0x2A && reader.IsAtEnd, name);
        for (var length = 0; length < bytes.Length; length++)
            Assert.False(new MessagePackReader(bytes.AsSpan(0, length)).TrySkip(out _), $"{name}, {length} bytes of it");
    }

    [Fact]
    public void The_code_that_is_never_used_is_refused() => Assert.False(new MessagePackReader([0xC1]).TrySkip(out _));

    [Theory]
    [MemberData(nameof(Integers))]
    public void Integers_are_written_in_the_shortest_form_and_read_in_any(ulong value, string shortest)
    {
        Span<byte> buffer = stackalloc byte[9];
        var writer = new MessagePackWriter(buffer);
        Assert.True(writer.TryUInt(value));
        Assert.Equal(Bytes(shortest), writer.Written.ToArray());
        AssertFillsExactly(Bytes(shortest), (ref MessagePackWriter exact) => exact.TryUInt(value));
        var bytes = BitConverter.GetBytes(value).Reverse().ToArray();
        foreach (var (code, width) in new (byte, int)[] { (0xCC, 1), (0xCD, 2), (0xCE, 4), (0xCF, 8) })
        {
            var reader = new MessagePackReader([code, .. bytes[^width..]]);
            Assert.True(reader.TryUInt(out var back));
            Assert.Equal(width == 8 ? value : value & ((1UL << (8 * width)) - 1), back);
        }
    }

    [Fact]
    public void Each_reading_takes_its_own_formats_and_refuses_all_others()
    {
        AssertTakes("uint", ["positive fixint", "uint"], (ref MessagePackReader reader) => reader.TryUInt(out _));
        AssertTakes("array", ["fixarray", "array", "nested"], (ref MessagePackReader reader) => reader.TryArray(out _));
        AssertTakes("map", ["fixmap", "map"], (ref MessagePackReader reader) => reader.TryMap(out _));
        AssertTakes("str", ["fixstr", "str"], (ref MessagePackReader reader) => reader.TryString(100, out _));
        AssertTakes("bin", ["bin"], (ref MessagePackReader reader) => reader.TryBinary(out _));
        AssertTakes("nil", ["nil"], (ref MessagePackReader reader) => reader.TryNil());
    }

    [Fact]
    public void A_number_beyond_what_is_asked_for_is_refused()
    {
        Assert.False(new MessagePackReader(Bytes("CF 00 00 00 01 00 00 00 00")).TryUInt32(out _));
        Assert.False(new MessagePackReader(Bytes("CD 01 00")).TryByteValue(out _));
        Assert.True(new MessagePackReader(Bytes("CF 00 00 00 00 00 00 00 07")).TryByteValue(out var small) && small == 7);
    }

    [Theory]
    [InlineData("A2 C3 28")]
    [InlineData("A1 80")]
    [InlineData("A3 ED A0 80")]
    [InlineData("A4 F5 80 80 80")]
    [InlineData("A2 C0 AF")]
    public void A_string_that_is_no_utf8_is_refused(string hex) => Assert.False(new MessagePackReader(Bytes(hex)).TryString(100, out _));

    [Fact]
    public void A_string_longer_than_what_is_asked_for_is_refused()
    {
        Assert.True(new MessagePackReader(Bytes("A3 61 62 63")).TryString(3, out var text) && text == "abc");
        Assert.False(new MessagePackReader(Bytes("A3 61 62 63")).TryString(2, out _));
    }

    [Theory]
    [InlineData("91")]
    [InlineData("81")]
    [InlineData("81C0")]
    public void Deep_nesting_is_refused_and_does_not_overflow_the_stack(string level)
    {
        var deep = Bytes(Times(100_000, level));
        Assert.False(new MessagePackReader(deep).TrySkip(out _));
        Assert.False(new PacketReader(deep).TryNext(out _, out _));
        var packet = new byte[] { 0x92, 0x63 }.Concat(deep).ToArray();
        Assert.False(new PacketReader(packet).TryNext(out _, out _));
        Assert.True(new MessagePackReader(Bytes(Times(Limits.Nesting - 1, "91") + "C0")).TrySkip(out _));
        Assert.False(new MessagePackReader(Bytes(Times(Limits.Nesting, "91") + "C0")).TrySkip(out _));
    }

    [Theory]
    [InlineData("DD FF FF FF FF")]
    [InlineData("DD 7F FF FF FF 01 02 03")]
    [InlineData("DC FF FF 00")]
    [InlineData("DF FF FF FF FF")]
    [InlineData("DF 80 00 00 00 00 00")]
    [InlineData("DE 00 02 01 01 01")]
    [InlineData("C6 FF FF FF FF 00")]
    [InlineData("DB FF FF FF FF 61")]
    [InlineData("C9 FF FF FF FF 05")]
    public void A_count_that_promises_more_than_there_is_is_refused_without_allocating(string hex)
    {
        var bytes = Bytes(hex);
        ReadAll(bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var taken = ReadAll(bytes);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(0, taken);
    }

    [Fact]
    public void Texts_and_binaries_change_their_form_with_their_length()
    {
        var buffer = new byte[70_010];
        foreach (var (length, text, binary) in new (int, byte, byte)[] { (0, 0xA0, 0xC4), (31, 0xBF, 0xC4), (32, 0xD9, 0xC4), (255, 0xD9, 0xC4), (256, 0xDA, 0xC5), (65_535, 0xDA, 0xC5) })
        {
            var writer = new MessagePackWriter(buffer);
            Assert.True(writer.TryString(new string('x', length)) && buffer[0] == text);
            var read = new MessagePackReader(writer.Written);
            Assert.True(read.TryString(length, out var back) && back.Length == length);
            writer = new MessagePackWriter(buffer);
            Assert.True(writer.TryBinary(new byte[length]) && buffer[0] == binary);
            read = new MessagePackReader(writer.Written);
            Assert.True(read.TryBinary(out var bytes) && bytes.Length == length);
        }
    }

    [Theory]
    [InlineData("", "A0")]
    [InlineData("plain", "A5 70 6C 61 69 6E")]
    [InlineData("größe", "A7 67 72 C3 B6 C3 9F 65")]
    [InlineData("ééééééééééééééé", "BE C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9")]
    [InlineData("éééééééééééééééé", "D9 20 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9 C3A9")]
    public void A_text_is_written_as_utf8_whatever_its_letters(string text, string hex) =>
        AssertFillsExactly(Bytes(hex), (ref MessagePackWriter writer) => writer.TryString(text));

    private static void AssertFillsExactly(byte[] expected, Writing write)
    {
        var buffer = new byte[expected.Length + 20];
        for (var room = 0; room <= buffer.Length; room++)
        {
            var writer = new MessagePackWriter(buffer.AsSpan(0, room));
            Assert.Equal(room >= expected.Length, write(ref writer));
            Assert.Equal(room >= expected.Length ? expected : [], writer.Written.ToArray());
        }
    }

    private static int ReadAll(byte[] bytes)
    {
        var taken = new MessagePackReader(bytes).TryArray(out _) ? 1 : 0;
        taken += new MessagePackReader(bytes).TryMap(out _) ? 1 : 0;
        taken += new MessagePackReader(bytes).TryBinary(out _) ? 1 : 0;
        taken += new MessagePackReader(bytes).TryString(int.MaxValue, out _) ? 1 : 0;
        return taken + (new MessagePackReader(bytes).TrySkip(out _) ? 1 : 0);
    }

    private static void AssertTakes(string kind, string[] own, Reading read)
    {
        foreach (var row in Formats)
        {
            var name = (string)row[0];
            var reader = new MessagePackReader(Bytes((string)row[1]));
            var isOwn = own.Any(prefix => name == prefix || name.StartsWith(prefix + ",", StringComparison.Ordinal) || name.StartsWith(prefix + " ", StringComparison.Ordinal));
            Assert.True(read(ref reader) == isOwn, $"{name} as {kind}");
        }
    }

    private static string Times(int count, string hex) => string.Concat(Enumerable.Repeat(hex, count));

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
