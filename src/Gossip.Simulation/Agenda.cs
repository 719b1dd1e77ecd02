using System.Numerics;

namespace Gossip.Simulation;

/// <summary>
/// Future events, the earliest first, and events of the same moment in the order of entry: a hierarchical timing wheel (Varghese and Lauck
/// 1987). Moments are read as numbers with digits of six bits. An entry waits in the line of the highest digit in which its moment differs
/// from the moment reached, and moves to a lower digit when that one is reached. So an entry is moved a few times, however many there are,
/// and nothing is compared. A heap compares, and a processor mispredicts every other comparison.
/// </summary>
internal sealed class Agenda
{
    private const int Bits = 6;
    private const int Digits = 1 << Bits;
    private const int Levels = (64 + Bits - 1) / Bits;

    private readonly Line[] _lines = new Line[Levels * Digits];

    /// <summary>For each level, the digits whose line is not empty, a bit each.</summary>
    private readonly ulong[] _digits = new ulong[Levels];

    /// <summary>The levels that have such digits, a bit each.</summary>
    private uint _levels;

    private Place[] _places = new Place[256];
    private int _free = -1;
    private int _used;

    /// <summary>No entry is earlier than this.</summary>
    private long _reached;

    /// <summary>Enters an event for a moment.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The moment is past.</exception>
    public void Enter(long ticks, in WorldEvent happening)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ticks, _reached);
        var index = TakePlace();
        ref var place = ref _places[index];
        (place.Ticks, place.Happening) = (ticks, happening);
        Append(index, ticks);
    }

    /// <summary>Takes the first event. False when there is none up to <paramref name="limit"/>.</summary>
    public bool TryTake(long limit, out long ticks, out WorldEvent happening)
    {
        while (_levels != 0)
        {
            var level = BitOperations.TrailingZeroCount(_levels);
            var digit = BitOperations.TrailingZeroCount(_digits[level]);
            ref var line = ref _lines[(level << Bits) | digit];
            if (level == 0 || line.First == line.Last)
                return TryTakeFirst(limit, level, ref line, out ticks, out happening);
            var shift = level * Bits;
            var start = (((_reached >> shift) & -Digits) | (long)digit) << shift;
            if (start > limit)
                break;
            _reached = start;
            MoveDown(level, line);
        }

        (ticks, happening) = (0, default);
        return false;
    }

    /// <summary>The line holds one moment or one entry: either way its first entry is the earliest of all.</summary>
    private bool TryTakeFirst(long limit, int level, ref Line line, out long ticks, out WorldEvent happening)
    {
        var index = line.First;
        ref var place = ref _places[index];
        (ticks, happening) = (place.Ticks, place.Happening);
        if (ticks > limit)
            return false;
        _reached = ticks;
        if (index == line.Last)
            RemoveFirstLine(level);
        else
            line.First = place.Next;
        place.Happening = default;
        place.Next = _free;
        _free = index;
        return true;
    }

    private void MoveDown(int level, Line line)
    {
        RemoveFirstLine(level);
        for (var index = line.First; ;)
        {
            ref var place = ref _places[index];
            var next = place.Next;
            Append(index, place.Ticks);
            if (index == line.Last)
                break;
            index = next;
        }
    }

    private void RemoveFirstLine(int level)
    {
        ref var digits = ref _digits[level];
        digits &= digits - 1;
        if (digits == 0)
            _levels &= ~(1U << level);
    }

    private void Append(int index, long ticks)
    {
        var level = BitOperations.Log2((ulong)(ticks ^ _reached)) / Bits;
        var digit = (int)(ticks >> (level * Bits)) & (Digits - 1);
        ref var line = ref _lines[(level << Bits) | digit];
        ref var digits = ref _digits[level];
        if ((digits & (1UL << digit)) != 0)
            _places[line.Last].Next = index;
        else
            line.First = index;
        line.Last = index;
        digits |= 1UL << digit;
        _levels |= 1U << level;
    }

    private int TakePlace()
    {
        var index = _free;
        if (index >= 0)
        {
            _free = _places[index].Next;
            return index;
        }

        if (_used == _places.Length)
            Array.Resize(ref _places, _used * 2);
        return _used++;
    }

    /// <summary>Entries in a row, by their places.</summary>
    private struct Line
    {
        public int First;
        public int Last;
    }

    private struct Place
    {
        public long Ticks;
        public int Next;
        public WorldEvent Happening;
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
    LookAtAddress,
}

internal readonly record struct WorldEvent(SimulatedNode Node, WorldEventKind Kind, Parcel? Parcel, int Life);
