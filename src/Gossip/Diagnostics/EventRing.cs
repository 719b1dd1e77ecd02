namespace Gossip.Diagnostics;

/// <summary>
/// The last events, as many as fit into a number of bytes. The loop writes, every thread may read, and neither waits for the other: a
/// reader looks at all slots and takes what it finds, and afterwards at the number of the last event that was dropped.
/// </summary>
/// <param name="bytes">The most that the events may cost.</param>
internal sealed class EventRing(int bytes)
{
    private NodeEvent?[] _slots = new NodeEvent?[16];
    private int _oldest;
    private int _count;
    private long _dropped;

    /// <summary>What the events cost. Used by the loop only.</summary>
    public int Cost { get; private set; }

    /// <summary>The number of the newest event that is not here any more; 0 for none. Read it after <see cref="AddTo"/>.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Called by the loop.</summary>
    public void Add(NodeEvent happened)
    {
        Cost += happened.Cost;
        while (Cost > bytes && _count > 0)
            Drop();
        if (_count == _slots.Length)
            Grow();
        Volatile.Write(ref _slots[(_oldest + _count) % _slots.Length], happened);
        _count++;
    }

    /// <summary>Adds the events whose number is above one and not above another, in no order.</summary>
    public void AddTo(List<NodeEvent> events, long since, long last)
    {
        var slots = Volatile.Read(ref _slots);
        for (var i = 0; i < slots.Length; i++)
        {
            if (Volatile.Read(ref slots[i]) is { } happened && happened.Sequence > since && happened.Sequence <= last)
                events.Add(happened);
        }
    }

    /// <summary>First it is told that an event is gone, then it goes: whoever misses it sees why.</summary>
    private void Drop()
    {
        var oldest = _slots[_oldest]!;
        Volatile.Write(ref _dropped, oldest.Sequence);
        Volatile.Write(ref _slots[_oldest], null);
        Cost -= oldest.Cost;
        _oldest = (_oldest + 1) % _slots.Length;
        _count--;
    }

    /// <summary>A reader that goes on with the slots before misses only what is newer than what it asked for.</summary>
    private void Grow()
    {
        var grown = new NodeEvent?[_slots.Length * 2];
        for (var i = 0; i < _count; i++)
            grown[i] = _slots[(_oldest + i) % _slots.Length];
        _oldest = 0;
        Volatile.Write(ref _slots, grown);
    }
}

/// <summary>What a journal has of the events after one.</summary>
/// <param name="Events">Those that are kept, the oldest first.</param>
/// <param name="Last">The number of the last event that had happened then; 0 for none. Go on from there.</param>
/// <param name="Gone">The number of the newest that is not kept any more; 0 where all are. Some before it may be kept all the same.</param>
internal sealed record JournalReading(IReadOnlyList<NodeEvent> Events, long Last, long Gone)
{
    /// <summary>Whether some are not kept any more.</summary>
    public bool IsGap => Gone > 0;
}
