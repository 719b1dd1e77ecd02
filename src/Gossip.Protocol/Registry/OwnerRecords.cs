namespace Gossip.Protocol;

/// <summary>
/// The records of one owner, sorted by version. Versions are the owner's own counter: each change of any record takes the next number, so
/// "everything up to v" is one number (Scuttlebutt, van Renesse et al. 2008, §3). A record that arrives early is kept, and
/// <see cref="Version"/> follows when the gap below it closes.
/// </summary>
internal sealed partial class OwnerRecords
{
    /// <summary>So many are found sooner by looking at each of them.</summary>
    private const int Few = 32;

    private readonly List<StoredRecord> _records = new(1);

    /// <summary>The same by their keys; null while there are few.</summary>
    private Dictionary<string, StoredRecord>? _byKey;
    private int _tombstones;

    /// <summary>Everything up to here is known.</summary>
    public ulong Version { get; private set; }

    /// <summary>
    /// The highest version of a tombstone that was dropped, here or at the member it came from: below it no difference can be computed.
    /// </summary>
    public ulong Floor { get; private set; }

    /// <summary>All but the tombstones.</summary>
    public int Count => _records.Count - _tombstones;

    /// <summary>All by ascending versions, the tombstones included.</summary>
    public IReadOnlyList<StoredRecord> All => _records;

    /// <summary>Bytes of all payloads.</summary>
    public int Bytes { get; private set; }

    /// <summary>Bytes of memory that all of it takes, about.</summary>
    public long Cost => Bytes + (_records.Count * (long)StoredRecord.Overhead);

    public StoredRecord? Find(string key) => IndexOf(key) is >= 0 and var index ? _records[index] : null;

    /// <summary>The record that a write of the owner made, if it is still here.</summary>
    public StoredRecord? FindVersion(ulong version)
    {
        var place = PlaceOf(version);
        return place < _records.Count && _records[place].Version == version ? _records[place] : null;
    }

    /// <summary>The owner's own write: the record, or a tombstone for a null payload, takes the next version.</summary>
    public StoredRecord Write(string key, byte[]? payload, RecordHead head) => Write(key, payload, head, out _);

    /// <inheritdoc cref="Write(string, byte[], RecordHead)"/>
    public StoredRecord Write(string key, byte[]? payload, RecordHead head, out StoredRecord? before)
    {
        var index = IndexOf(key);
        before = index < 0 ? null : _records[index];
        RemoveAt(index);
        var since = Math.Max(Floor, _records.Count == 0 ? 0 : _records[^1].Version);
        var stored = new StoredRecord(key, since, Version + 1, payload, head);
        Insert(stored);
        Version++;
        DropTombstones();
        return stored;
    }

    /// <summary>
    /// The owner's answer to a version of its own that it never wrote: everything is written again above it. The floor is above it too, so
    /// that a member with that version gets the whole state and drops what came with the forged version. False when there is no room.
    /// </summary>
    public bool TryRaiseAbove(ulong version)
    {
        var floor = version + 1;
        if (floor + (ulong)Count >= Limits.Version)
            return false;
        var records = _records.Where(one => !one.IsTombstone).ToArray();
        Clear();
        (Version, Floor) = (floor, floor);
        foreach (var record in records)
            Write(record.Key, record.Payload, record.Head);
        return true;
    }

    /// <summary>
    /// Whether a delta may change what is held. Not where all of it is known: what differs is not the owner's word, and the digest would
    /// not tell of it. And before what comes between is known only a lone write, as it is passed on, so that its owner hears of it if it
    /// never was one.
    /// </summary>
    public bool IsNews(in Delta delta) =>
        IsUnheld || (delta.To > Version && (Version >= delta.From || (delta.Entries.Count == 1 && delta.Floor <= delta.From)));

    /// <summary>Merges what the owner wrote. True when a visible record changed.</summary>
    /// <param name="delta">What it wrote.</param>
    /// <param name="limited">Whether some of it did not fit.</param>
    /// <param name="ownerName">The owner's name: it is mostly also the name of its instance, and then one string serves for both.</param>
    /// <param name="changes">Where what is new is added; null where nobody asks.</param>
    public bool Merge(in Delta delta, out bool limited, string? ownerName = null, List<RecordChange>? changes = null)
    {
        limited = false;
        if (_absence is { } absence)
            return Refill(absence, delta, ref limited, ownerName);
        if (!IsNews(delta))
            return false;
        var connects = Version >= delta.From;
        Floor = Math.Max(Floor, delta.Floor);
        var changed = connects && (DropUnlisted(delta, changes) | DropAllBut(delta.Kept, delta.From, changes));
        var since = delta.From;
        foreach (var entry in delta.Entries)
        {
            changed |= MergeOne(entry.Key == ownerName ? entry with { Key = ownerName } : entry, since, ref limited, changes);
            since = entry.Version;
        }

        if (!limited)
        {
            if (connects)
                Version = Math.Max(Version, delta.To);
            CloseGaps();
        }

        DropTombstones();
        return changed;
    }

    /// <summary>Whether a delta tells of one of these writes something else than was written.</summary>
    public bool Contradicts(in Delta delta)
    {
        foreach (var entry in delta.Entries)
        {
            if (FindVersion(entry.Version) is { } stored && !IsSame(entry, stored))
                return true;
        }

        return false;
    }

    /// <summary>
    /// The whole difference from a version on. Where tombstones above that version were dropped, it tells which records up to there are
    /// left.
    /// </summary>
    public Delta Since(MemberId owner, ulong version)
    {
        var kept = version > 0 && version < Floor ? new List<ulong>() : null;
        var entries = new List<DeltaEntry>(1);
        foreach (var stored in _records)
        {
            if (stored.Version > version && stored.Version <= Version)
                entries.Add(new DeltaEntry(stored.Key, stored.Version, stored.Payload, stored.Head));
            else if (stored.Version <= version && !stored.IsTombstone)
                kept?.Add(stored.Version);
        }

        return new Delta(owner, version, Version, Math.Min(Floor, Version), entries, kept);
    }

    private bool MergeOne(in DeltaEntry entry, ulong since, ref bool limited, List<RecordChange>? changes = null)
    {
        var key = entry.Key;
        var index = IndexOf(key);
        var known = index < 0 ? null : _records[index];
        if (known is not null && known.Version >= entry.Version)
            return false;
        // An owner gives each write a number of its own. Two records of one version would make a delta that nobody reads.
        if (FindVersion(entry.Version) is not null)
            return false;
        if (known is null && entry.Version <= Version)
            return false;
        var growth = (entry.Payload?.Length ?? 0) - (known?.Bytes ?? 0);
        var adds = known is not { IsTombstone: false } && entry.Payload is not null;
        if ((adds && Count >= Limits.RecordsPerOwner) || (growth > 0 && Bytes + growth > Limits.RecordBytesPerOwner))
        {
            limited = true;
            return false;
        }

        RemoveAt(index);
        var stored = new StoredRecord(key, since, entry.Version, entry.Payload, entry.Head);
        Insert(stored);
        if (stored.IsTombstone && known is not { IsTombstone: false })
            return false;
        changes?.Add(new RecordChange(key, known, stored));
        return true;
    }

    private static bool IsSame(in DeltaEntry entry, StoredRecord stored) =>
        entry.Version == stored.Version && entry.Key == stored.Key && entry.Payload.AsSpan().SequenceEqual(stored.Payload);

    /// <summary>The place of a version, or of the next above it.</summary>
    private int PlaceOf(ulong version)
    {
        int low = 0, high = _records.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_records[middle].Version < version)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private int IndexOf(string key)
    {
        if (_byKey is not null)
            return _byKey.TryGetValue(key, out var stored) ? PlaceOf(stored.Version) : -1;
        for (var i = 0; i < _records.Count; i++)
        {
            if (_records[i].Key == key)
                return i;
        }

        return -1;
    }

    private void CloseGaps()
    {
        foreach (var stored in _records)
        {
            if (stored.Since <= Version && stored.Version > Version)
                Version = stored.Version;
        }
    }

    private void Insert(StoredRecord stored)
    {
        _records.Insert(PlaceOf(stored.Version), stored);
        Bytes += stored.Bytes;
        _tombstones += stored.IsTombstone ? 1 : 0;
        if (_byKey is null && _records.Count > Few)
            _byKey = _records.ToDictionary(one => one.Key, StringComparer.Ordinal);
        else
            _byKey?.Add(stored.Key, stored);
    }

    private void RemoveAt(int index)
    {
        if (index < 0)
            return;
        var stored = _records[index];
        Bytes -= stored.Bytes;
        _tombstones -= stored.IsTombstone ? 1 : 0;
        _byKey?.Remove(stored.Key);
        _records.RemoveAt(index);
    }

    private void Clear()
    {
        _records.Clear();
        (Bytes, _tombstones, _byKey) = (0, 0, null);
    }
}
