namespace Gossip.Protocol;

/// <content>What goes: records that a difference does not list, and old tombstones.</content>
internal sealed partial class OwnerRecords
{
    /// <summary>
    /// Within (from, to] the delta lists all that there is: what it does not list was replaced, or was deleted and its tombstone dropped.
    /// This holds however much more is known here, since a version that is gone never comes back. It is done first, to make room.
    /// </summary>
    private bool DropUnlisted(in Delta delta, List<RecordChange>? changes)
    {
        var changed = false;
        var listed = delta.Entries.Count - 1;
        for (var i = _records.Count - 1; i >= 0 && _records[i].Version > delta.From; i--)
        {
            var stored = _records[i];
            while (listed >= 0 && delta.Entries[listed].Version > stored.Version)
                listed--;
            if (stored.Version > delta.To || (listed >= 0 && IsSame(delta.Entries[listed], stored)))
                continue;
            changed |= Drop(i, changes);
        }

        return changed;
    }

    /// <summary>What was deleted while nobody told of it: the tombstones were dropped before this node heard of them.</summary>
    private bool DropAllBut(IReadOnlyList<ulong>? kept, ulong most, List<RecordChange>? changes)
    {
        if (kept is null)
            return false;
        var (changed, left) = (false, kept.Count - 1);
        for (var i = _records.Count - 1; i >= 0; i--)
        {
            var stored = _records[i];
            while (left >= 0 && kept[left] > stored.Version)
                left--;
            if (stored.Version > most || (left >= 0 && kept[left] == stored.Version))
                continue;
            changed |= Drop(i, changes);
        }

        return changed;
    }

    /// <summary>True when it was visible.</summary>
    private bool Drop(int index, List<RecordChange>? changes)
    {
        var stored = _records[index];
        RemoveAt(index);
        if (stored.IsTombstone)
            return false;
        changes?.Add(new RecordChange(stored.Key, stored, null));
        return true;
    }

    /// <summary>
    /// Tombstones that arrived early are not part of a difference yet: beyond the limit they are dropped, and a repair brings them again.
    /// </summary>
    private void DropTombstones()
    {
        var most = Limits.TombstonesFor(Count);
        for (var index = 0; _tombstones > most; RemoveAt(index))
        {
            while (!_records[index].IsTombstone)
                index++;
            if (_records[index].Version <= Version)
                Floor = Math.Max(Floor, _records[index].Version);
            else if (_tombstones <= 2 * most)
                return;
        }
    }
}
