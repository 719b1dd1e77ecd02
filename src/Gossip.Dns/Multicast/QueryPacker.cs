using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>
/// Packs questions into as few packets as possible. They never ask for unicast answers: of the processes that share port 5353 on a machine
/// only one would get the answer (RFC 6762 §15.1).
/// </summary>
internal static class QueryPacker
{
    /// <summary>One question with the known answers (RFC 6762 §7.1); those that do not fit follow in packets of their own (§7.2).</summary>
    public static void Ask(DnsQuestion question, List<DnsRecord> known, IMulticastOutbox outbox)
    {
        Span<byte> packet = stackalloc byte[Limits.WritePacketBytes];
        var next = 0;
        for (var packets = 1; packets <= Limits.KnownAnswerPackets; packets++)
        {
            var writer = new DnsWriter(packet);
            if (packets == 1)
                writer.TryAddQuestion(question);
            while (next < known.Count && writer.TryAddAnswer(known[next]))
                next++;
            var more = next < known.Count && packets < Limits.KnownAnswerPackets;
            outbox.SendMulticast(packet[..writer.Finish(more ? DnsFlags.Truncated : DnsFlags.None)]);
            if (!more)
                return;
        }
    }

    public static void AskAll(List<DnsQuestion> questions, IMulticastOutbox outbox)
    {
        Span<byte> packet = stackalloc byte[Limits.WritePacketBytes];
        for (var next = 0; next < questions.Count;)
        {
            var writer = new DnsWriter(packet);
            while (next < questions.Count && writer.TryAddQuestion(questions[next]))
                next++;
            outbox.SendMulticast(packet[..writer.Finish(DnsFlags.None)]);
        }
    }
}
