namespace Gossip.Protocol;

/// <summary>
/// One record of an owner. <see cref="Since"/> is the version just below it among the owner's other records: who has everything up to there
/// has, with this record, everything up to <see cref="Version"/>.
/// </summary>
internal sealed record StoredRecord(string Key, ulong Since, ulong Version, byte[]? Payload, ServiceRecord? Record);

/// <summary>
/// The records of one owner, sorted by version. Versions are the owner's own counter: each change of any record takes the next number, so
/// "everything up to v" is one number (Scuttlebutt, van Renesse et al. 2008, §3). A record that comes early is kept, and
/// <see cref="Version"/> follows when the gap below it closes.
/// </summary>
internal sealed class OwnerRecords
{
    private readonly List<StoredRecord> _byVersion = [];
    private int _tombstones;

    /// <summary>Everything up to here is known.</summary>
    public ulong Version { get; private set; }

    /// <summary>The highest version of a tombstone that was dropped, here or by whom it came from: below it no difference can be told.</summary>
    public ulong Floor { get; private set; }

    public int Count => _byVersion.Count - _tombstones;

    public IReadOnlyList<StoredRecord> All => _byVersion;

    public StoredRecord? Find(string key) => _byVersion.Find(one => one.Key == key);

    /// <summary>The owner's own write: the record, or a tombstone for a null payload, takes the next version.</summary>
    public StoredRecord Write(string key, byte[]? payload, ServiceRecord? record)
    {
        RemoveAt(_byVersion.FindIndex(one => one.Key == key));
        var since = Math.Max(Floor, _byVersion.Count == 0 ? 0 : _byVersion[^1].Version);
        var stored = new StoredRecord(key, since, Version + 1, payload, record);
        Insert(stored);
        Version++;
        DropTombstones();
        return stored;
    }

    /// <summary>Merges what the owner wrote. True when something that is visible changed.</summary>
    public bool Merge(in Delta delta, out bool limited)
    {
        limited = false;
        var changed = false;
        var since = delta.From;
        foreach (var entry in delta.Entries)
        {
            changed |= MergeOne(entry, since, ref limited);
            since = entry.Version;
        }

        if (limited)
            return changed;
        if (Version >= delta.From && Version < delta.To)
        {
            changed |= DropUnlisted(delta);
            Version = delta.To;
            Floor = Math.Max(Floor, delta.Floor);
        }

        CloseGaps();
        DropTombstones();
        return changed;
    }

    /// <summary>The difference from a version on, whole; from 0 when it cannot be told otherwise.</summary>
    public Delta Since(MemberId owner, ulong version)
    {
        var from = version < Floor ? 0 : version;
        var entries = new List<DeltaEntry>();
        foreach (var stored in _byVersion)
        {
            if (stored.Version > from && stored.Version <= Version)
                entries.Add(new DeltaEntry(stored.Key, stored.Version, stored.Payload, stored.Record));
        }

        return new Delta(owner, from, Version, Floor, entries);
    }

    private bool MergeOne(in DeltaEntry entry, ulong since, ref bool limited)
    {
        var key = entry.Key;
        var index = _byVersion.FindIndex(one => one.Key == key);
        var known = index < 0 ? null : _byVersion[index];
        if (known is not null && known.Version >= entry.Version)
            return false;
        if (known is null && entry.Version <= Version)
            return false;
        if (known?.Payload is null && entry.Payload is not null && Count >= Limits.RecordsPerOwner)
        {
            limited = true;
            return false;
        }

        RemoveAt(index);
        Insert(new StoredRecord(key, since, entry.Version, entry.Payload, entry.Record));
        return entry.Payload is not null || known?.Payload is not null;
    }

    /// <summary>Within (from, to] the delta lists all that there is: what it does not list was deleted, and its tombstone dropped.</summary>
    private bool DropUnlisted(in Delta delta)
    {
        var changed = false;
        for (var i = _byVersion.Count - 1; i >= 0; i--)
        {
            var stored = _byVersion[i];
            if (stored.Version <= delta.From || stored.Version > delta.To || IsListed(delta, stored))
                continue;
            changed |= stored.Payload is not null;
            RemoveAt(i);
        }

        return changed;
    }

    private static bool IsListed(in Delta delta, StoredRecord stored)
    {
        foreach (var entry in delta.Entries)
        {
            if (entry.Version == stored.Version)
                return true;
        }

        return false;
    }

    private void CloseGaps()
    {
        foreach (var stored in _byVersion)
        {
            if (stored.Since <= Version && stored.Version > Version)
                Version = stored.Version;
        }
    }

    private void DropTombstones()
    {
        while (_tombstones > Limits.TombstonesPerOwner)
        {
            var index = _byVersion.FindIndex(one => one.Payload is null);
            if (_byVersion[index].Version > Version)
                return;
            Floor = Math.Max(Floor, _byVersion[index].Version);
            RemoveAt(index);
        }
    }

    private void Insert(StoredRecord stored)
    {
        var place = _byVersion.Count;
        while (place > 0 && _byVersion[place - 1].Version > stored.Version)
            place--;
        _byVersion.Insert(place, stored);
        if (stored.Payload is null)
            _tombstones++;
    }

    private void RemoveAt(int index)
    {
        if (index < 0)
            return;
        if (_byVersion[index].Payload is null)
            _tombstones--;
        _byVersion.RemoveAt(index);
    }
}
