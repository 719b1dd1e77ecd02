using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>
/// Packs records into as few responses as possible, answers before additionals; an additional that does not fit is dropped.
/// </summary>
internal static class Packer
{
    public const DnsFlags Answer = DnsFlags.Response | DnsFlags.Authoritative;

    public static void Multicast(IReadOnlyList<DnsRecord> answers, IReadOnlyList<DnsRecord> additionals, IMulticastOutbox outbox)
    {
        Span<byte> packet = stackalloc byte[Limits.WritePacketBytes];
        for (var next = 0; next < answers.Count;)
        {
            var writer = new DnsWriter(packet);
            var first = next;
            while (next < answers.Count && writer.TryAddAnswer(answers[next]))
                next++;
            // Every answer fits a packet of its own: the profile's limits ensure that.
            if (next == first)
                throw new InvalidOperationException($"The record {answers[next].Name} {answers[next].Type} fits no packet.");
            if (next == answers.Count)
                AddAll(ref writer, additionals);
            outbox.SendMulticast(packet[..writer.Finish(Answer)]);
        }
    }

    public static void AddAll(ref DnsWriter writer, IReadOnlyList<DnsRecord> additionals)
    {
        foreach (var additional in additionals)
            writer.TryAddAdditional(additional);
    }
}
