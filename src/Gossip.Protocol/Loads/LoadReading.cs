namespace Gossip.Protocol;

/// <summary>
/// A load as it is known here. Of two readings, the one that its owner sent later wins; the rest of the order only makes all decide alike
/// where a number was used twice. Of two that differ only in time the earlier is more exact, since delays on the way are underestimated.
/// </summary>
internal readonly record struct LoadReading(ulong Sequence, Load Load, Instant At) : IComparable<LoadReading>
{
    public static bool operator <(LoadReading left, LoadReading right) => left.CompareTo(right) < 0;

    public static bool operator >(LoadReading left, LoadReading right) => left.CompareTo(right) > 0;

    public static bool operator <=(LoadReading left, LoadReading right) => left.CompareTo(right) <= 0;

    public static bool operator >=(LoadReading left, LoadReading right) => left.CompareTo(right) >= 0;

    public static LoadReading Merge(LoadReading one, LoadReading other) => one > other ? one : other;

    public int CompareTo(LoadReading other)
    {
        var bySequence = Sequence.CompareTo(other.Sequence);
        if (bySequence != 0)
            return bySequence;
        var byLoad = Load.Packed.CompareTo(other.Load.Packed);
        return byLoad != 0 ? byLoad : other.At.CompareTo(At);
    }

    public TimeSpan AgeAt(Instant now) => now - At;

    /// <summary>Whether the load differs, and not just the estimate of its time.</summary>
    public bool IsNewsAfter(LoadReading other) => this > other && (Sequence, Load) != (other.Sequence, other.Load);
}
