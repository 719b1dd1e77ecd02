using System.Buffers;
using FsCheck.Xunit;
using MessagePack;
using TheirReader = MessagePack.MessagePackReader;
using TheirWriter = MessagePack.MessagePackWriter;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>The cursors against the package's own reader and writer, which share none of their bounds.</summary>
[Properties(Arbitrary = [typeof(AwkwardBytes)])]
public sealed class MessagePackLaws
{
    [Law(10_000, 1_000_000)]
    internal void No_reading_throws_whatever_the_bytes(ForeignBytes foreign, byte limit)
    {
        var bytes = foreign.Bytes;
        var most = limit % 40;
        _ = new MessagePackReader(bytes).TryArray(out _);
        _ = new MessagePackReader(bytes).TryMap(out _);
        _ = new MessagePackReader(bytes).TryUInt(out _);
        _ = new MessagePackReader(bytes).TryUInt32(out _);
        _ = new MessagePackReader(bytes).TryByteValue(out _);
        _ = new MessagePackReader(bytes).TryNil();
        _ = new MessagePackReader(bytes).TryString(most, out _);
        _ = new MessagePackReader(bytes).TryText(most, out _);
        _ = new MessagePackReader(bytes).TryBinary(out _);
        var reader = new MessagePackReader(bytes);
        while (reader.TrySkip(out _))
        {
        }

        Assert.InRange(reader.Position, 0, bytes.Length);
    }

    [Law(10_000, 1_000_000)]
    internal void What_is_stepped_over_is_what_the_package_steps_over(ForeignBytes foreign)
    {
        var bytes = foreign.Bytes;
        var ours = new MessagePackReader(bytes);
        var whole = ours.TrySkip(out var skipped);
        var theirs = new TheirReader(bytes);
        var theirsIsWhole = true;
        try
        {
            theirs.Skip();
        }
        catch (Exception refusal) when (refusal is EndOfStreamException or MessagePackSerializationException or OverflowException)
        {
            theirsIsWhole = false;
        }

        // Only a value that is nested more deeply than so few bytes are likely to be would be refused here and not there.
        Assert.Equal(theirsIsWhole, whole);
        Assert.True(!whole || skipped.Length == theirs.Consumed);
    }

    [Law(10_000, 1_000_000)]
    internal void An_unsigned_number_is_read_as_the_package_reads_it_and_no_signed_form_is(ForeignBytes foreign)
    {
        var bytes = foreign.Bytes;
        if (new MessagePackReader(bytes).TryUInt(out var ours))
            Assert.Equal(ours, new TheirReader(bytes).ReadUInt64());
        else
            Assert.True(bytes.Length == 0 || bytes[0] is > 0x7F and (< 0xCC or > 0xCF) || IsCutOff(bytes));
    }

    /// <summary>One script of values, written by both: the same bytes, so each reads what the other writes.</summary>
    [Law(300, 100_000, EndSize = 30)]
    internal void The_package_writes_the_same_bytes_and_each_reads_the_other(Script script)
    {
        var buffer = new byte[1 << 18];
        var ours = new MessagePackWriter(buffer);
        var sink = new ArrayBufferWriter<byte>();
        var theirs = new TheirWriter(sink);
        foreach (var step in script.Steps)
            Write(new Randomness((ulong)step), ref ours, ref theirs);
        theirs.Flush();
        Assert.Equal(sink.WrittenSpan, ours.Written);

        var reader = new MessagePackReader(sink.WrittenSpan);
        var oracle = new TheirReader(ours.Written.ToArray());
        foreach (var step in script.Steps)
            Read(new Randomness((ulong)step), ref reader, ref oracle);
        Assert.True(reader.IsAtEnd && oracle.End);
    }

    private static bool IsCutOff(byte[] bytes) => bytes[0] is >= 0xCC and <= 0xCF && bytes.Length < 1 + (1 << (bytes[0] - 0xCC));

    private static void Write(Randomness randomness, ref MessagePackWriter ours, ref TheirWriter theirs)
    {
        var (kind, number, length) = (randomness.Below(6), Sample.UInt64(randomness), Length(randomness));
        switch (kind)
        {
            case 0:
                Assert.True(ours.TryUInt(number));
                theirs.Write(number);
                break;
            case 1:
                Assert.True(ours.TryNil());
                theirs.WriteNil();
                break;
            case 2:
                var text = Sample.Name(randomness, Math.Max(1, length));
                Assert.True(ours.TryString(text));
                theirs.Write(text);
                break;
            case 3:
                var binary = Sample.Bytes(randomness, length);
                Assert.True(ours.TryBinary(binary));
                theirs.Write(binary);
                break;
            case 4:
                Assert.True(ours.TryArray(length));
                theirs.WriteArrayHeader(length);
                WriteNils(length, ref ours, ref theirs);
                break;
            default:
                Assert.True(ours.TryMap(length));
                theirs.WriteMapHeader(length);
                WriteNils(2 * length, ref ours, ref theirs);
                break;
        }
    }

    private static void Read(Randomness randomness, ref MessagePackReader ours, ref TheirReader theirs)
    {
        var (kind, number, length) = (randomness.Below(6), Sample.UInt64(randomness), Length(randomness));
        switch (kind)
        {
            case 0:
                Assert.True(ours.TryUInt(out var value) && value == number && theirs.ReadUInt64() == number);
                break;
            case 1:
                Assert.True(ours.TryNil() && theirs.TryReadNil());
                break;
            case 2:
                var expected = Sample.Name(randomness, Math.Max(1, length));
                Assert.True(ours.TryString(ushort.MaxValue, out var text) && text == expected && theirs.ReadString() == expected);
                break;
            case 3:
                var bytes = Sample.Bytes(randomness, length);
                Assert.True(ours.TryBinary(out var binary) && binary.SequenceEqual(bytes));
                Assert.True(theirs.ReadBytes()!.Value.ToArray().AsSpan().SequenceEqual(bytes));
                break;
            case 4:
                Assert.True(ours.TryArray(out var items) && items == length && theirs.ReadArrayHeader() == length);
                SkipNils(length, ref ours, ref theirs);
                break;
            default:
                Assert.True(ours.TryMap(out var pairs) && pairs == length && theirs.ReadMapHeader() == length);
                SkipNils(2 * length, ref ours, ref theirs);
                break;
        }
    }

    private static void WriteNils(int count, ref MessagePackWriter ours, ref TheirWriter theirs)
    {
        for (; count > 0; count--)
        {
            Assert.True(ours.TryNil());
            theirs.WriteNil();
        }
    }

    private static void SkipNils(int count, ref MessagePackReader ours, ref TheirReader theirs)
    {
        Assert.True(ours.TrySkip(count));
        for (; count > 0; count--)
            theirs.Skip();
    }

    /// <summary>Lengths about where forms change.</summary>
    private static int Length(Randomness randomness) => randomness.Below(8) switch
    {
        0 => 14 + randomness.Below(4),
        1 => 30 + randomness.Below(4),
        2 => 254 + randomness.Below(4),
        _ => randomness.Below(20),
    };
}
