namespace Gossip.Protocol;

/// <content>Records that are known, and not held.</content>
internal sealed partial class OwnerRecords
{
    /// <summary>After so many tries the wait for the next try grows no more: with a look each 5 s, it is five minutes.</summary>
    private const int MostDoublings = 6;

    private Absence? _absence;

    /// <summary>
    /// Whether the records are known, and not held, for lack of room. <see cref="Version"/> goes on all the same, so that nodes with room
    /// and without agree on what the owner has written. What comes of them when there is room again is not shown before it is whole.
    /// </summary>
    public bool IsUnheld => _absence is not null;

    /// <summary>Bytes for which there was no room; 0 where all is held.</summary>
    public long Missing => _absence?.Missing ?? 0;

    /// <summary>Whether the owner's answer is on its way, part by part.</summary>
    private bool IsRefilling => IsUnheld && _records.Count > 0;

    /// <summary>Lets go of all records, and of what a delta brings. True when any was visible.</summary>
    /// <param name="delta">What there is no room for; nothing where the room is for others.</param>
    public bool LetGo(in Delta? delta)
    {
        var wasVisible = !IsUnheld && Count > 0;
        var absence = _absence ?? new Absence();
        absence.Missing = Math.Max(absence.Missing, Cost + (delta is { } refused ? CostOf(refused) : 0));
        StartAnew(absence);
        if (delta is { } known && known.From <= Version)
            Version = Math.Max(Version, known.To);
        // No difference can be computed from nothing: whoever asks is told nothing (see AddRecords), and this node asks for all.
        Floor = Version;
        // What comes while an answer is on its way may have shrunk the owner: then the version that was asked for counts.
        if (_absence is null)
            absence.AskedAt = Version;
        (_absence, absence.JudgedAt) = (absence, absence.AskedAt);
        return wasVisible;
    }

    /// <summary>
    /// Lets go of what was taken in again, where nothing followed since the last call: it is shown to nobody, and takes room from what
    /// would be. True when it did.
    /// </summary>
    public bool DropStalledRefill()
    {
        if (_absence is not { } absence)
            return false;
        var stalls = IsRefilling && absence.Seen == absence.Refilled;
        absence.Seen = absence.Refilled;
        if (stalls)
            StartAnew(absence);
        return stalls;
    }

    /// <summary>
    /// Whether to ask the owner for everything. Where what was missing would find room now, it is; where the owner has written since, it
    /// may have shrunk, and each try waits for twice as long as the one before.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="pause">Between two looks.</param>
    /// <param name="free">Bytes that are free for it.</param>
    public bool MayBeHeld(Instant now, TimeSpan pause, long free)
    {
        if (_absence is not { } absence || IsRefilling || free <= 0)
            return false;
        if (absence.Missing > free)
        {
            if (Version == absence.JudgedAt || now < absence.NotBefore)
                return false;
            absence.NotBefore = now + (pause * (1 << Math.Min(absence.Tries++, MostDoublings)));
        }

        absence.AskedAt = Version;
        return true;
    }

    /// <summary>Bytes of memory that the records take more, about, when a delta is merged.</summary>
    public long GrowthBy(in Delta delta)
    {
        if (_absence is { } absence)
            return delta.From > absence.Refilled ? 0 : delta.From == 0 ? CostOf(delta) - Cost : CostOf(delta);
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
    private bool Refill(Absence absence, in Delta delta, ref bool limited, string? ownerName)
    {
        if (Version >= delta.From)
            Version = Math.Max(Version, delta.To);
        if (delta.From > absence.Refilled)
            return false;
        if (delta.From == 0)
            StartAnew(absence); // What was taken in before may have been replaced meanwhile.
        foreach (var entry in delta.Entries)
        {
            if (entry.Version <= absence.Refilled)
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

        absence.Refilled = Math.Max(absence.Refilled, delta.To);
        if (absence.Refilled < Version)
            return false;
        // Tombstones are not taken in: whoever may lack one is told what is left.
        (_absence, Floor) = (null, Version);
        return Count > 0;
    }

    private void StartAnew(Absence absence)
    {
        Clear();
        (absence.Refilled, absence.Seen) = (0, 0);
    }

    /// <summary>What is known of records that are not held.</summary>
    private sealed class Absence
    {
        /// <summary>Bytes for which there was no room.</summary>
        public long Missing { get; set; }

        /// <summary>The version up to which the records have been taken in again.</summary>
        public ulong Refilled { get; set; }

        /// <summary>The same, when it was last looked at.</summary>
        public ulong Seen { get; set; }

        /// <summary>The owner's version when its records were let go or, later, last asked for.</summary>
        public ulong AskedAt { get; set; }

        /// <summary>The one that was last found to need too much room.</summary>
        public ulong JudgedAt { get; set; }

        /// <summary>How often it was tried whether the owner has shrunk.</summary>
        public int Tries { get; set; }

        /// <summary>When it is tried again, at the earliest, whether the owner has shrunk.</summary>
        public Instant NotBefore { get; set; }
    }
}
