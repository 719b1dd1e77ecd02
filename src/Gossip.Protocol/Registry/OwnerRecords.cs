using System.Collections;

namespace Gossip.Protocol;

/// <summary>
/// The records of one owner, sorted by version. Versions are the owner's own counter: each change of any record takes the next number, so
/// "everything up to v" is one number (Scuttlebutt, van Renesse et al. 2008, §3). A record that comes early is kept, and
/// <see cref="Version"/> follows when the gap below it closes.
/// </summary>
internal sealed class OwnerRecords : IReadOnlyList<StoredRecord>
{
    /// <summary>Most owners have one record and no floor, and it stands for itself; else it is <see cref="Many"/>.</summary>
    private object? _records;

    /// <summary>Everything up to here is known.</summary>
    public ulong Version { get; private set; }

    /// <summary>The highest version of a tombstone that was dropped, here or by whom it came from: below it no difference can be told.</summary>
    public ulong Floor
    {
        get => _records is Many many ? many.Floor : 0;
        private set
        {
            if (value != Floor)
                Spread().Floor = value;
        }
    }

    /// <summary>All but the tombstones.</summary>
    public int Count => Kept - Tombstones;

    /// <summary>All by ascending versions, the tombstones included.</summary>
    public IReadOnlyList<StoredRecord> All => this;

    /// <summary>Bytes of all payloads.</summary>
    public int Bytes
    {
        get
        {
            var bytes = 0;
            for (var i = 0; i < Kept; i++)
                bytes += At(i).Payload?.Length ?? 0;
            return bytes;
        }
    }

    int IReadOnlyCollection<StoredRecord>.Count => Kept;

    private int Kept => _records is Many many ? many.Count : _records is null ? 0 : 1;

    private int Tombstones
    {
        get
        {
            var tombstones = 0;
            for (var i = 0; i < Kept; i++)
                tombstones += At(i).Payload is null ? 1 : 0;
            return tombstones;
        }
    }

    StoredRecord IReadOnlyList<StoredRecord>.this[int index] => At(index);

    public StoredRecord? Find(string key) => IndexOf(key) is >= 0 and var index ? At(index) : null;

    /// <summary>The record that a write of the owner made, if it is still here.</summary>
    public StoredRecord? FindVersion(ulong version)
    {
        int low = 0, high = Kept;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (At(middle).Version < version)
                low = middle + 1;
            else
                high = middle;
        }

        return low < Kept && At(low).Version == version ? At(low) : null;
    }

    /// <summary>The owner's own write: the record, or a tombstone for a null payload, takes the next version.</summary>
    public StoredRecord Write(string key, byte[]? payload, RecordHead head)
    {
        RemoveAt(IndexOf(key));
        var since = Math.Max(Floor, Kept == 0 ? 0 : At(Kept - 1).Version);
        var stored = StoredRecord.Of(key, since, Version + 1, payload, head);
        Insert(stored);
        Version++;
        DropTombstones();
        return stored;
    }

    /// <summary>
    /// The owner's answer to a version of its own that it never wrote: everything is written again above it. False when there is no room.
    /// </summary>
    public bool TryRaiseAbove(ulong version)
    {
        if (version + (ulong)Count >= Limits.Version)
            return false;
        var records = this.Where(one => one.Payload is not null).ToArray();
        _records = null;
        (Version, Floor) = (version, version);
        foreach (var record in records)
            Write(record.Key, record.Payload, record.Head);
        return true;
    }

    /// <summary>Merges what the owner wrote. True when something that is visible changed.</summary>
    /// <param name="delta">What it wrote.</param>
    /// <param name="limited">Whether some of it found no room.</param>
    /// <param name="ownerName">The owner's name: mostly that is what it calls its instance, and then one text serves for both.</param>
    public bool Merge(in Delta delta, out bool limited, string? ownerName = null)
    {
        limited = false;
        var connects = Version >= delta.From;
        Floor = Math.Max(Floor, delta.Floor);
        var changed = connects && DropUnlisted(delta);
        var since = delta.From;
        foreach (var entry in delta.Entries)
        {
            changed |= MergeOne(entry.Key == ownerName ? entry with { Key = ownerName } : entry, since, ref limited);
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

    /// <summary>The difference from a version on, whole; from 0 when it cannot be told otherwise.</summary>
    public Delta Since(MemberId owner, ulong version)
    {
        var from = version < Floor ? 0 : version;
        var entries = new List<DeltaEntry>(1);
        for (var i = 0; i < Kept; i++)
        {
            var stored = At(i);
            if (stored.Version > from && stored.Version <= Version)
                entries.Add(new DeltaEntry(stored.Key, stored.Version, stored.Payload, stored.Head));
        }

        return new Delta(owner, from, Version, Math.Min(Floor, Version), entries);
    }

    private bool MergeOne(in DeltaEntry entry, ulong since, ref bool limited)
    {
        var key = entry.Key;
        var index = IndexOf(key);
        var known = index < 0 ? null : At(index);
        if (known is not null && known.Version >= entry.Version)
            return false;
        if (known is null && entry.Version <= Version)
            return false;
        var growth = (entry.Payload?.Length ?? 0) - (known?.Payload?.Length ?? 0);
        var adds = known?.Payload is null && entry.Payload is not null;
        if ((adds && Count >= Limits.RecordsPerOwner) || (growth > 0 && Bytes + growth > Limits.RecordBytesPerOwner))
        {
            limited = true;
            return false;
        }

        RemoveAt(index);
        Insert(StoredRecord.Of(key, since, entry.Version, entry.Payload, entry.Head));
        return entry.Payload is not null || known?.Payload is not null;
    }

    /// <summary>
    /// Within (from, to] the delta lists all that there is: what it does not list was replaced, or was deleted and its tombstone dropped.
    /// This is so however much more is known here, for a version that is gone never comes back. It comes first, to make room.
    /// </summary>
    private bool DropUnlisted(in Delta delta)
    {
        var changed = false;
        var listed = delta.Entries.Count - 1;
        for (var i = Kept - 1; i >= 0 && At(i).Version > delta.From; i--)
        {
            var stored = At(i);
            while (listed >= 0 && delta.Entries[listed].Version > stored.Version)
                listed--;
            if (stored.Version > delta.To || (listed >= 0 && delta.Entries[listed].Version == stored.Version))
                continue;
            changed |= stored.Payload is not null;
            RemoveAt(i);
        }

        return changed;
    }

    private int IndexOf(string key)
    {
        for (var i = 0; i < Kept; i++)
        {
            if (At(i).Key == key)
                return i;
        }

        return -1;
    }

    private void CloseGaps()
    {
        for (var i = 0; i < Kept; i++)
        {
            if (At(i).Since <= Version && At(i).Version > Version)
                Version = At(i).Version;
        }
    }

    /// <summary>Tombstones that came early have no part in a difference yet: beyond the limit they are let go, and a repair brings them.</summary>
    private void DropTombstones()
    {
        for (var tombstones = Tombstones; tombstones > Limits.TombstonesPerOwner; tombstones--)
        {
            var index = 0;
            while (At(index).Payload is not null)
                index++;
            if (At(index).Version <= Version)
                Floor = Math.Max(Floor, At(index).Version);
            else if (tombstones <= 2 * Limits.TombstonesPerOwner)
                return;
            RemoveAt(index);
        }
    }

    private StoredRecord At(int index) => _records is Many many ? many[index] : (StoredRecord)_records!;

    private void Insert(StoredRecord stored)
    {
        if (_records is null)
        {
            _records = stored;
            return;
        }

        var many = Spread();
        var place = many.Count;
        while (place > 0 && many[place - 1].Version > stored.Version)
            place--;
        many.Insert(place, stored);
    }

    private void RemoveAt(int index)
    {
        if (index < 0)
            return;
        if (_records is Many many)
            many.RemoveAt(index);
        else
            _records = null;
    }

    private Many Spread()
    {
        if (_records is Many spread)
            return spread;
        var many = new Many();
        if (_records is StoredRecord only)
            many.Add(only);
        _records = many;
        return many;
    }

    IEnumerator<StoredRecord> IEnumerable<StoredRecord>.GetEnumerator()
    {
        for (var i = 0; i < Kept; i++)
            yield return At(i);
    }

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<StoredRecord>)this).GetEnumerator();

    /// <summary>Records by ascending versions, and the floor below them.</summary>
    private sealed class Many : List<StoredRecord>
    {
        public ulong Floor { get; set; }
    }
}
