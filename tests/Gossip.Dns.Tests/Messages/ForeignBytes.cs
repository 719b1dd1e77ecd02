using System.Buffers.Binary;
using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Tests.Messages;

public class ForeignBytes
{
    /// <summary>A record has two names at most, and a name as many labels as fit it, as many jumps as are followed, and an end.</summary>
    private const int MostSteps = 2 * Limits.RecordsPerMessage * ((Limits.NameBytes / 2) + Limits.NameJumps + 1);

    private static readonly byte[] Question = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];

    public static TheoryData<string, byte[]> Malformed => new()
    {
        { "a pointer to itself", [.. Question, 0xC0, 12, 0, 12, 0, 1] },
        { "a pointer forward", [.. Question, 0xC0, 14, 0, 0, 12, 0, 1] },
        { "a pointer beyond the packet", [.. Question, 0xFF, 0xFF, 0, 12, 0, 1] },
        { "a pointer cut in half", [.. Question, 0xC0] },
        { "two pointers at each other", [.. Question, 0xC0, 14, 0xC0, 12, 0, 12, 0, 1] },
        { "a label, then back to it", [.. Question, 1, (byte)'a', 0xC0, 12, 0, 12, 0, 1] },
        { "a label kind that does not exist", [.. Question, 0x80, 1, 0, 12, 0, 1] },
        { "a label longer than the packet", [.. Question, 63, 1, 2, 3] },
        { "a name without an end", [.. Question, 1, (byte)'a'] },
        { "a name of 256 bytes", [.. Question, .. LongName(256), 0, 12, 0, 1] },
        { "a question cut short", [.. Question, 0, 0, 12] },
        { "a header cut short", [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0] },
        { "nothing", [] },
        { "more records than its bytes can hold", [0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0] },
        { "an address of five bytes", Record(1, [1, 2, 3, 4, 5]) },
        { "an IPv6 address of four bytes", Record(28, [1, 2, 3, 4]) },
        { "a text whose string is longer than its body", Record(16, [9, 1, 2]) },
        { "a server without a name", Record(33, [0, 0, 0, 0, 0, 1]) },
        { "a pointer record with bytes left over", Record(12, [0, 0]) },
        { "a name that runs out of its record", [.. Record(12, [4, 1])] },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Malformed_messages_are_refused(string what, byte[] packet) => Assert.False(DnsMessage.TryRead(packet, out _), what);

    [Fact]
    public void A_name_of_255_bytes_is_read()
    {
        Assert.True(DnsMessage.TryRead([.. Question, .. LongName(255), 0, 12, 0, 1], out var message));
        Assert.Equal(255, message.Questions[0].Name.Wire.Length);
    }

    [Fact]
    public void A_chain_of_pointers_is_followed_backwards_only_so_far()
    {
        Assert.True(DnsMessage.TryRead(Chain(100), out _));
        Assert.False(DnsMessage.TryRead(Chain(Limits.NameJumps + 1), out _));
    }

    [Fact]
    public void Records_of_other_classes_are_passed_over_and_those_of_unknown_types_kept_as_they_are()
    {
        byte[] packet = [0, 0, 0x84, 0, 0, 0, 0, 3, 0, 0, 0, 0, .. Body(99, 1, [1, 2, 3]), .. Body(1, 3, [9]), .. Body(1, 1, [10, 0, 0, 1])];
        Assert.True(DnsMessage.TryRead(packet, out var message));
        Assert.Equal([new OpaqueBody(new byte[] { 1, 2, 3 }), new AddressBody(new IPAddress([10, 0, 0, 1]))], message.Answers.Select(one => one.Body));
    }

    [Fact]
    public void The_worst_packet_of_full_size_is_read_in_bounded_work()
    {
        // Each record is a pointer, and both its names walk the longest chain that the reader follows.
        var chain = Chain(Limits.NameJumps);
        var start = chain[^12..^10];
        byte[] record = [.. start, 0, 12, 0, 1, 0, 0, 0, 9, 0, 2, .. start];
        byte[] packet = [.. chain[..^12], .. Enumerable.Repeat(record, Limits.RecordsPerMessage - 1).SelectMany(one => one)];
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), Limits.RecordsPerMessage);

        var steps = StepsOf(packet, out var isRead);

        Assert.True(isRead && packet.Length <= Limits.ReadPacketBytes);
        Assert.InRange(steps, 2 * (Limits.RecordsPerMessage - 1) * Limits.NameJumps, MostSteps);
    }

    private static int StepsOf(ReadOnlySpan<byte> packet, out bool isRead)
    {
        var reader = new DnsReader(packet);
        isRead = DnsMessage.TryRead(ref reader, out _);
        return reader.Steps;
    }

    private static byte[] Body(byte type, byte kind, byte[] body) => [0, 0, type, 0, kind, 0, 0, 0, 9, 0, (byte)body.Length, .. body];

    private static byte[] Record(byte type, byte[] body) => [0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, .. Body(type, 1, body)];

    private static byte[] LongName(int bytes)
    {
        var name = new List<byte>();
        while (bytes - 1 - name.Count > 64)
            name.AddRange([63, .. new byte[63]]);
        var last = bytes - 1 - name.Count;
        return [.. name, (byte)(last - 1), .. new byte[last - 1], 0];
    }

    // An unknown record whose body is a root name and pointers, each to the one before; then a question's worth of name at the end.
    private static byte[] Chain(int jumps)
    {
        var body = new List<byte> { 0 };
        const int Start = 12 + 11;
        for (var i = 0; i < jumps - 1; i++)
        {
            var target = Start + (i == 0 ? 0 : body.Count - 2);
            body.AddRange([(byte)(0xC0 | (target >> 8)), (byte)target]);
        }

        var last = Start + body.Count - 2;
        return
        [
            0, 0, 0x84, 0, 0, 0, 0, 2, 0, 0, 0, 0,
            0, 0, 99, 0, 1, 0, 0, 0, 9, (byte)(body.Count >> 8), (byte)body.Count, .. body,
            (byte)(0xC0 | (last >> 8)), (byte)last, 0, 99, 0, 1, 0, 0, 0, 9, 0, 0,
        ];
    }
}
