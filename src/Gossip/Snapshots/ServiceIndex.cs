namespace Gossip.Snapshots;

/// <summary>
/// The services of one snapshot by their names, without case: a hash table that never changes and whose successors share what did not
/// change. Its slots are in chunks, so a change copies one chunk and the table of chunks; with few names there is only one chunk.
/// </summary>
internal sealed class ServiceIndex
{
    private const int ChunkBits = 6;
    private const int ChunkSize = 1 << ChunkBits;

    private readonly Entry?[][] _chunks;

    /// <summary>One less than the number of slots, a power of two.</summary>
    private readonly int _mask;

    private ServiceIndex(Entry?[][] chunks, int slots, int count)
    {
        _chunks = chunks;
        _mask = slots - 1;
        Count = count;
    }

    public static ServiceIndex Empty { get; } = new([new Entry?[1]], 1, 0);

    public int Count { get; }

    public ServiceGroup? Find(string name)
    {
        var hash = ServiceNames.HashOf(name);
        var slot = hash & _mask;
        for (var entry = _chunks[slot >> ChunkBits][slot & (ChunkSize - 1)]; entry is not null; entry = entry.Next)
        {
            if (entry.Hash == hash && ServiceNames.AreSame(entry.Group.Name, name))
                return entry.Group;
        }

        return null;
    }

    /// <summary>Makes the index that follows when these groups are replaced or added, or removed where they have no instances.</summary>
    public ServiceIndex With(IReadOnlyList<ServiceGroup> groups)
    {
        if (groups.Count == 0)
            return this;
        var next = Count + groups.Count <= _mask + 1 ? Copy() : Grown(Count + groups.Count);
        var count = Count;
        for (var i = 0; i < groups.Count; i++)
            count += next.Put(groups[i], _chunks);
        return new ServiceIndex(next._chunks, next._mask + 1, count);
    }

    private ServiceIndex Copy() => new([.. _chunks], _mask + 1, Count);

    private ServiceIndex Grown(int count)
    {
        var slots = 1;
        while (slots < count)
            slots *= 2;
        var chunks = new Entry?[Math.Max(1, slots / ChunkSize)][];
        for (var i = 0; i < chunks.Length; i++)
            chunks[i] = new Entry?[Math.Min(slots, ChunkSize)];
        var grown = new ServiceIndex(chunks, slots, Count);
        foreach (var chunk in _chunks)
        {
            foreach (var first in chunk)
            {
                for (var entry = first; entry is not null; entry = entry.Next)
                    grown.SlotOf(entry.Hash) = new Entry(entry.Hash, entry.Group, grown.SlotOf(entry.Hash));
            }
        }

        return grown;
    }

    /// <summary>Puts a group into its place, or clears it. A chunk that is still the predecessor's is copied first.</summary>
    /// <returns>By how much the number of groups changed.</returns>
    private int Put(ServiceGroup group, Entry?[][] predecessor)
    {
        var hash = ServiceNames.HashOf(group.Name);
        var chunk = (hash & _mask) >> ChunkBits;
        if (chunk < predecessor.Length && ReferenceEquals(_chunks[chunk], predecessor[chunk]))
            _chunks[chunk] = [.. _chunks[chunk]];
        ref var slot = ref SlotOf(hash);
        var rest = Without(slot, hash, group.Name, out var found);
        var stays = group.All.Count > 0;
        slot = stays ? new Entry(hash, group, rest) : rest;
        return (stays ? 1 : 0) - (found ? 1 : 0);
    }

    private ref Entry? SlotOf(int hash)
    {
        var slot = hash & _mask;
        return ref _chunks[slot >> ChunkBits][slot & (ChunkSize - 1)];
    }

    private static Entry? Without(Entry? first, int hash, string name, out bool found)
    {
        found = false;
        Entry? rest = null;
        for (var entry = first; entry is not null; entry = entry.Next)
        {
            if (entry.Hash == hash && ServiceNames.AreSame(entry.Group.Name, name))
                found = true;
            else
                rest = new Entry(entry.Hash, entry.Group, rest);
        }

        return rest;
    }

    /// <summary>One of the services that share a slot.</summary>
    private sealed record Entry(int Hash, ServiceGroup Group, Entry? Next);
}
