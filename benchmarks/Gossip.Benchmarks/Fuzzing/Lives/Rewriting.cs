using System.Text;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing.Lives;

/// <summary>Messages that are read, and written again by the library's own writer.</summary>
internal static class Rewriting
{
    /// <summary>
    /// A number may be written longer than it was read (a token always takes five bytes): bytes of room that no message needs more of.
    /// </summary>
    private const int Growth = 64;

    /// <summary>
    /// Reads a message, and demands that what was read can be written and read again, and is then the same. False for one that breaks its
    /// grammar.
    /// </summary>
    public static bool IsRead(MessageType type, ReadOnlySpan<byte> message)
    {
        if (!TryRewrite(type, message, out var again))
            return false;
        if (!TryRewrite(type, again, out var twice) || !twice.AsSpan().SequenceEqual(again))
            throw new InvalidOperationException($"A {type} was written as {Convert.ToHexString(again)}, and is read otherwise.");
        return true;
    }

    private static bool TryRewrite(MessageType type, ReadOnlySpan<byte> message, out byte[] again)
    {
        again = new byte[message.Length + Growth];
        var to = new PacketWriter(again);
        var loads = new List<LoadReport>();
        var (isRead, isWritten) = type switch
        {
            MessageType.Ping => (PacketReader.TryPing(message, out var ping), to.TryPing(ping)),
            MessageType.Ack => (PacketReader.TryAck(message, out var ack), to.TryAck(ack)),
            MessageType.PingRequest => (PacketReader.TryPingRequest(message, out var request), to.TryPingRequest(request)),
            MessageType.Nack => (PacketReader.TryNack(message, out var sequence, out var token), to.TryNack(sequence, token)),
            MessageType.Alive => (PacketReader.TryAlive(message, out var alive), Write(ref to, alive)),
            MessageType.Suspect or MessageType.Dead or MessageType.Left =>
                (PacketReader.TryAccusation(type, message, out var accusation), to.TryAccusation(accusation)),
            MessageType.Delta => (PacketReader.TryDelta(message, out var delta), Write(ref to, delta)),
            MessageType.Summary =>
                (PacketReader.TrySummary(message, out var summary), to.TrySummary(summary.Depth, summary.Prefix, summary.Hashes)),
            MessageType.Digest =>
                (PacketReader.TryDigest(message, out var digest), to.TryDigest(digest.Depth, digest.Prefix, [.. digest.Entries ?? []])),
            MessageType.Want => (PacketReader.TryWant(message, out var wanted), to.TryWant([.. wanted])),
            MessageType.Notice => (PacketReader.TryNotice(message, out var owner, out var version), to.TryNotice(owner, version)),
            MessageType.Loads => (PacketReader.TryLoads(message, loads), to.TryLoads([.. loads])),
            MessageType.Inspect => (PacketReader.TryInspect(message, out var asked), to.TryInspect(asked)),
            MessageType.Inspected => (PacketReader.TryInspected(message, out var answer), to.TryInspected(answer)),
            _ => (false, false),
        };
        if (isRead && !isWritten)
            throw new InvalidOperationException($"A {type} was read, and cannot be written.");
        again = again[..to.Length];
        return isRead;
    }

    private static bool Write(ref PacketWriter to, in Alive alive) => to.TryAlive(
        alive.Id, alive.Incarnation, alive.Address, Encoding.UTF8.GetString(alive.Name), Encoding.UTF8.GetString(alive.Zone),
        alive.ProtocolVersion);

    private static bool Write(ref PacketWriter to, in Delta delta)
    {
        foreach (var entry in delta.Entries ?? [])
        {
            if (entry.Payload is not null && RecordCodec.TryRead(entry.Key, entry.Payload, out var record))
                RequireSame(record, entry.Payload.Length);
        }

        return to.TryDelta(delta.Owner, delta.From, delta.To, delta.Floor, [.. delta.Entries ?? []], delta.Kept);
    }

    private static void RequireSame(ServiceRecord record, int length)
    {
        var (again, twice) = (new byte[length], new byte[length]);
        if (!RecordCodec.TryWrite(record, again, out var written)
            || !RecordCodec.TryRead(record.InstanceId, again.AsSpan(0, written), out var back)
            || !RecordCodec.TryWrite(back, twice, out var rewritten) || !again.AsSpan(0, written).SequenceEqual(twice.AsSpan(0, rewritten)))
            throw new InvalidOperationException($"A record was written as {Convert.ToHexString(again)}, and is read otherwise.");
    }
}
