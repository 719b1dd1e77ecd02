using System.Buffers.Binary;
using Gossip.Dns.Messages;

namespace Gossip.Cli.Protocols.Dns;

/// <summary>
/// Writes answers as far as their askers take them. By UDP that is 512 bytes, or what EDNS says (RFC 6891), but no more than 4,096, so that
/// nobody has far more sent to a forged address than was sent here. What does not fit is told by TC, and had by TCP.
/// </summary>
internal static class DnsReply
{
    /// <summary>Bytes of an answer by UDP.</summary>
    public const int MostByUdp = 4096;

    /// <summary>Bytes of an answer by TCP.</summary>
    public const int MostByTcp = ushort.MaxValue;

    private const int Classic = 512;

    /// <summary>Instances of a service in the least answer: a choice of three, another one each time.</summary>
    private const int FewOfChoice = 3;

    private const int OptionBytes = 11;
    private const int OptionType = 41;

    /// <summary>Writes an answer.</summary>
    /// <returns>Its length, and whether something was left out that the asker has to ask for again.</returns>
    public static (int Length, bool IsTruncated) Write(Span<byte> packet, DnsQuery query, DnsAnswer answer, bool byTcp)
    {
        var room = byTcp ? MostByTcp : Math.Clamp(query.Room ?? Classic, Classic, MostByUdp);
        room = Math.Min(room, packet.Length) - (query.Room is null ? 0 : OptionBytes);
        var most = answer.IsChoice && !byTcp && Math.Max(query.Room ?? 0, Classic) == Classic ? FewOfChoice : int.MaxValue;
        var asked = Math.Min(most, answer.Answers.Count);
        var writer = Begin(packet[..room], query);
        var isTruncated = !TryAdd(ref writer, answer, asked);
        if (isTruncated)
        {
            writer = Begin(packet[..room], query);
            TryAdd(ref writer, answer, MostThatFit(packet[..room], query, answer, asked));
        }

        if (writer.Answers == answer.Answers.Count)
            AddAllOrNothing(ref writer, answer.Extra);
        var flags = DnsFlags.Response | (answer.IsAuthoritative ? DnsFlags.Authoritative : 0) | (isTruncated ? DnsFlags.Truncated : 0)
            | (DnsFlags)(query.WantsRecursion ? 0x0100 : 0) | (DnsFlags)((int)answer.Code & 0xF);
        var length = writer.Finish(flags);
        return (query.Room is null ? length : AddOption(packet, length, answer.Code), isTruncated);
    }

    /// <summary>So many of the answers have room, where all of them have not.</summary>
    private static int MostThatFit(Span<byte> packet, DnsQuery query, DnsAnswer answer, int doesNot)
    {
        var fits = 0;
        while (doesNot - fits > 1)
        {
            var middle = (fits + doesNot) / 2;
            var writer = Begin(packet, query);
            if (TryAdd(ref writer, answer, middle))
                fits = middle;
            else
                doesNot = middle;
        }

        return fits;
    }

    private static DnsWriter Begin(Span<byte> packet, DnsQuery query)
    {
        // RFC 2782 forbids to compress what SRV points to.
        var writer = new DnsWriter(packet, query.Id, compressServers: false);
        if (query.Question is { } question)
            writer.TryAddQuestion(question with { Unicast = false });
        return writer;
    }

    /// <summary>Adds so many answers, each with what it leads to: its asker would come again for that.</summary>
    private static bool TryAdd(ref DnsWriter writer, DnsAnswer answer, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!writer.TryAddAnswer(answer.Answers[i]))
                return false;
        }

        foreach (var record in answer.Authorities)
            writer.TryAddAuthority(record);
        for (var i = 0; i < count && i < answer.Further.Count; i++)
        {
            foreach (var record in answer.Further[i])
            {
                if (!writer.TryAddAdditional(record))
                    return false;
            }
        }

        return true;
    }

    private static void AddAllOrNothing(ref DnsWriter writer, IReadOnlyList<DnsRecord> records)
    {
        var before = writer;
        foreach (var record in records)
        {
            if (writer.TryAddAdditional(record))
                continue;
            writer = before;
            return;
        }
    }

    private static int AddOption(Span<byte> packet, int length, DnsCode code)
    {
        var option = packet.Slice(length, OptionBytes);
        option.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(option[1..], OptionType);
        BinaryPrimitives.WriteUInt16BigEndian(option[3..], MostByUdp);
        option[5] = (byte)((int)code >> 4);
        var count = packet[10..];
        BinaryPrimitives.WriteUInt16BigEndian(count, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(count) + 1));
        return length + OptionBytes;
    }
}
