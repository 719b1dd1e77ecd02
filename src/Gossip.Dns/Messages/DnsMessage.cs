using System.Diagnostics.CodeAnalysis;

namespace Gossip.Dns.Messages;

/// <summary>One whole message, decoded. Only probes have authority records: those that the prober proposes (RFC 6762 §8.2).</summary>
internal sealed record DnsMessage(
    DnsHeader Header, IReadOnlyList<DnsQuestion> Questions, IReadOnlyList<DnsRecord> Answers, IReadOnlyList<DnsRecord> Authorities,
    IReadOnlyList<DnsRecord> Additionals)
{
    public bool IsResponse => (Header.Flags & DnsFlags.Response) != 0;

    public bool IsTruncated => (Header.Flags & DnsFlags.Truncated) != 0;

    public static bool TryRead(ReadOnlySpan<byte> packet, [NotNullWhen(true)] out DnsMessage? message)
    {
        var reader = new DnsReader(packet);
        return TryRead(ref reader, out message);
    }

    // message ← header question* answer* authority* additional*
    public static bool TryRead(ref DnsReader reader, [NotNullWhen(true)] out DnsMessage? message)
    {
        message = null;
        if (!reader.TryReadHeader(out var header)
            || header.Questions + header.Answers + header.Authorities + header.Additionals > Limits.RecordsPerMessage)
            return false;

        var questions = new List<DnsQuestion>();
        for (var i = 0; i < header.Questions; i++)
        {
            if (!reader.TryReadQuestion(out var question))
                return false;
            questions.Add(question);
        }

        if (!TryReadSection(ref reader, header.Answers, out var answers)
            || !TryReadSection(ref reader, header.Authorities, out var authorities)
            || !TryReadSection(ref reader, header.Additionals, out var additionals))
            return false;
        message = new DnsMessage(header, questions, answers, authorities, additionals);
        return true;
    }

    // Records of other classes have no body and are of no use to callers.
    private static bool TryReadSection(ref DnsReader reader, int count, out List<DnsRecord> records)
    {
        records = [];
        for (var i = 0; i < count; i++)
        {
            if (!reader.TryReadRecord(out var record))
                return false;
            if (record.Body is not null)
                records.Add(record);
        }

        return true;
    }
}
