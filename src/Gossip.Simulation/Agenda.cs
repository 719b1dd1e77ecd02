namespace Gossip.Simulation;

/// <summary>
/// What is going to happen, the earliest first, and of the same moment in the order in which it was entered: a heap of four children per
/// place. The keys stand apart from what they stand for, so that sifting moves few bytes and no references.
/// </summary>
internal sealed class Agenda
{
    private Key[] _heap = new Key[256];
    private WorldEvent[] _slots = new WorldEvent[256];
    private int[] _free = new int[256];
    private int _freeCount;
    private int _used;
    private long _order;

    public int Count { get; private set; }

    /// <summary>When the earliest happens; only while <see cref="Count"/> is not 0.</summary>
    public long EarliestTicks => _heap[0].Ticks;

    public void Enter(long ticks, in WorldEvent happening)
    {
        var slot = TakeSlot();
        _slots[slot] = happening;
        if (Count == _heap.Length)
            Array.Resize(ref _heap, Count * 2);
        var key = new Key(ticks, _order++, slot);
        var place = Count++;
        while (place > 0)
        {
            var parent = (place - 1) >> 2;
            if (!key.IsBefore(_heap[parent]))
                break;
            _heap[place] = _heap[parent];
            place = parent;
        }

        _heap[place] = key;
    }

    public WorldEvent Take(out long ticks)
    {
        var first = _heap[0];
        ticks = first.Ticks;
        var last = _heap[--Count];
        if (Count > 0)
            SiftDown(last);
        var happening = _slots[first.Slot];
        _slots[first.Slot] = default;
        if (_freeCount == _free.Length)
            Array.Resize(ref _free, _freeCount * 2);
        _free[_freeCount++] = first.Slot;
        return happening;
    }

    private void SiftDown(in Key key)
    {
        var place = 0;
        while (true)
        {
            var child = (place << 2) + 1;
            if (child >= Count)
                break;
            var end = Math.Min(child + 4, Count);
            var least = child;
            for (var other = child + 1; other < end; other++)
            {
                if (_heap[other].IsBefore(_heap[least]))
                    least = other;
            }

            if (!_heap[least].IsBefore(key))
                break;
            _heap[place] = _heap[least];
            place = least;
        }

        _heap[place] = key;
    }

    private int TakeSlot()
    {
        if (_freeCount > 0)
            return _free[--_freeCount];
        if (_used == _slots.Length)
            Array.Resize(ref _slots, _used * 2);
        return _used++;
    }

    private readonly record struct Key(long Ticks, long Order, int Slot)
    {
        public bool IsBefore(in Key other) => Ticks < other.Ticks || (Ticks == other.Ticks && Order < other.Order);
    }
}

internal enum WorldEventKind
{
    Tick,
    Datagram,
    Stream,
    StreamRefused,
    StreamTimedOut,
    Resume,
    AskSeeds,
}

internal readonly record struct WorldEvent(SimulatedNode Node, WorldEventKind Kind, Parcel? Parcel, int Life);
