namespace Gossip.Protocol;

/// <content>What others are told that ask for records.</content>
internal sealed partial class Registry
{
    /// <summary>Adds what is known of an owner's records above a version, in as many messages as it takes.</summary>
    public void AddRecords(ref ReplyWriter reply, Member owner, ulong version)
    {
        var records = owner.Records;
        if (records.IsUnheld)
            return; // Whoever asks finds them elsewhere; the owner has them.
        AddEarlyRecords(ref reply, owner.Id, records, version);
        if (records.Version <= version)
            return;
        var delta = records.Since(owner.Id, version);
        var entries = delta.Entries.ToArray().AsSpan();
        while (true)
        {
            var count = entries.Length;
            var fits = kernel.Sender.TryWriteDelta(delta, entries, RoomFor(count), out var message);
            while (!fits && count > 1)
            {
                count /= 2;
                var part = delta with { To = entries[count - 1].Version, Floor = Math.Min(delta.Floor, entries[count - 1].Version) };
                fits = kernel.Sender.TryWriteDelta(part, entries[..count], RoomFor(count), out message);
            }

            if (!fits)
                return;
            reply.Add(message);
            if (count == entries.Length)
                return;
            delta = delta with { From = entries[count - 1].Version, Kept = null };
            entries = entries[count..];
        }
    }

    /// <summary>Several records are spread over frames of moderate size; a single one takes what it needs.</summary>
    private static int RoomFor(int records) => records > 1 ? PacketSender.StreamFrame - PacketSender.FrameOverhead : ReplyWriter.MaxMessage;

    /// <summary>
    /// What came here before the gap below it closed goes first, each record by itself: an older state of the same record is gone here, and
    /// the difference that follows would make the other drop it.
    /// </summary>
    private void AddEarlyRecords(ref ReplyWriter reply, MemberId owner, OwnerRecords records, ulong version)
    {
        foreach (var stored in records.All)
        {
            if (stored.Version <= records.Version || stored.Version <= version)
                continue;
            ReadOnlySpan<DeltaEntry> entries = [new DeltaEntry(stored.Key, stored.Version, stored.Payload, stored.Head)];
            var delta = new Delta(owner, stored.Since, stored.Version, 0, []);
            if (kernel.Sender.TryWriteDelta(delta, entries, ReplyWriter.MaxMessage, out var message))
                reply.Add(message);
        }
    }
}
