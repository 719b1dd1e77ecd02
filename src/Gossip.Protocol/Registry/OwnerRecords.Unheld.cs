namespace Gossip.Protocol;

/// <content>Records that are known, and not held.</content>
internal sealed partial class OwnerRecords
{
    /// <summary>Up to where the records were taken in again, of an owner whose records are not held.</summary>
    private ulong _refilled;

    /// <summary>The same, when it was last looked at.</summary>
    private ulong _seen;

    /// <summary>How many records there was no room for, about.</summary>
    private int _lost;

    /// <summary>
    /// Whether the records are known, and not held, for lack of room. <see cref="Version"/> goes on all the same, so that nodes with room
    /// and without agree on what the owner has written. What comes of them when there is room again is not shown before it is whole.
    /// </summary>
    public bool IsUnheld { get; private set; }

    /// <summary>Bytes for which there was no room.</summary>
    public long Missing { get; private set; }

    /// <summary>Lets go of all records, and of what a delta brings. True when any was visible.</summary>
    /// <param name="delta">What there is no room for; nothing where the room is for others.</param>
    public bool LetGo(in Delta? delta)
    {
        var wasVisible = !IsUnheld && Count > 0;
        Missing = Math.Max(Missing, Cost + (delta is { } refused ? CostOf(refused) : 0));
        _lost = Math.Max(_lost, _records.Count + (delta?.Entries.Count ?? 0));
        _records.Clear();
        (Bytes, _refilled, IsUnheld) = (0, 0, true);
        if (delta is { } known && known.From <= Version)
            Version = Math.Max(Version, known.To);
        // No difference can be computed from nothing: whoever asks is told nothing (see AddRecords), and this node asks for all.
        Floor = Version;
        return wasVisible;
    }

    /// <summary>
    /// Lets go of what was taken in again, where nothing followed since the last call: it is shown to nobody, and takes room from what
    /// would be. True when it did.
    /// </summary>
    public bool DropStalledRefill()
    {
        var stalls = IsUnheld && _records.Count > 0 && _seen == _refilled;
        _seen = _refilled;
        if (!stalls)
            return false;
        _records.Clear();
        (Bytes, _refilled, _seen) = (0, 0, 0);
        return true;
    }

    /// <summary>Bytes of memory that the records take more, about, when a delta is merged.</summary>
    public long GrowthBy(in Delta delta)
    {
        if (IsUnheld)
            return delta.From > _refilled ? 0 : delta.From == 0 ? CostOf(delta) - Cost : CostOf(delta);
        var growth = CostOf(delta);
        foreach (var entry in delta.Entries)
            growth -= Find(entry.Key) is { } replaced ? replaced.Bytes + StoredRecord.Overhead : 0;
        return growth;
    }

    private static long CostOf(in Delta delta)
    {
        var cost = delta.Entries.Count * (long)StoredRecord.Overhead;
        foreach (var entry in delta.Entries)
            cost += entry.Payload?.Length ?? 0;
        return cost;
    }

    /// <summary>
    /// Takes in again, from the first version on, what was let go. A part that does not follow the parts before it only tells the version.
    /// </summary>
    private bool Refill(in Delta delta, ref bool limited, string? ownerName)
    {
        if (Version >= delta.From)
            Version = Math.Max(Version, delta.To);
        if (delta.From > _refilled)
        {
            // How large what was deleted or replaced had been is not known; asking too early costs one answer.
            foreach (var entry in delta.Entries)
                Missing -= Missing / (entry.Payload is null ? 2 : Math.Max(2, _lost));
            return false;
        }

        if (delta.From == 0)
        {
            // What was taken in before may have been replaced meanwhile.
            _records.Clear();
            (Bytes, _refilled) = (0, 0);
        }

        foreach (var entry in delta.Entries)
        {
            if (entry.Version <= _refilled)
                continue;
            RemoveAt(IndexOf(entry.Key));
            if (entry.Payload is null)
                continue;
            if (Count >= Limits.RecordsPerOwner || Bytes + entry.Payload.Length > Limits.RecordBytesPerOwner)
            {
                limited = true;
                return false;
            }

            var since = _records.Count == 0 ? 0 : _records[^1].Version;
            Insert(new StoredRecord(entry.Key == ownerName ? ownerName : entry.Key, since, entry.Version, entry.Payload, entry.Head));
        }

        _refilled = Math.Max(_refilled, delta.To);
        if (_refilled < Version)
            return false;
        // Tombstones are not taken in: whoever may lack one is told what is left.
        (IsUnheld, Missing, _lost, _refilled, Floor) = (false, 0, 0, 0, Version);
        return Count > 0;
    }
}
