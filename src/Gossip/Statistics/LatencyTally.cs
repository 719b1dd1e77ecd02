using System.Numerics;

namespace Gossip.Statistics;

/// <summary>
/// How long an instance took to answer this process in the last minute, call by call: counts in buckets that widen with the time, four for
/// each doubling from 64 µs to 67 s, so that a reading is at most an eighth off. Five stretches of time take turns, so that it covers the
/// last 60 to 75 s. 1,620 bytes for each instance that is called, and none for a call.
/// </summary>
/// <remarks>
/// Callers write at once, and neither wait nor retry: whoever is the first in a stretch empties its counts, and a call that ends in the
/// microsecond of that, once in 15 s, is not counted. Nothing but a reading for people depends on it.
/// </remarks>
internal sealed class LatencyTally
{
    /// <summary>Four for each of twenty doublings.</summary>
    public const int Buckets = 80;

    /// <summary>Milliseconds of a stretch.</summary>
    private const int Stretch = 15_000;

    /// <summary>Four full stretches, and the current one.</summary>
    private const int Stretches = 5;

    /// <summary>The first doubling starts at two to the power of this, in microseconds.</summary>
    private const int LeastExponent = 6;

    private const int LeastMicroseconds = 1 << LeastExponent;
    private const int MostMicroseconds = (1 << (LeastExponent + (Buckets / 4))) - 1;

    /// <summary>The place of the failures behind the buckets of a stretch.</summary>
    private const int Failures = Buckets;

    private const int Width = Buckets + 1;

    private readonly int[] _counts = new int[Stretches * Width];

    /// <summary>The number of the stretch whose counts are in a place; −1 while they are emptied.</summary>
    private readonly long[] _stretches = new long[Stretches];

    /// <summary>An instance has answered.</summary>
    /// <param name="milliseconds">How long that took.</param>
    /// <param name="now">The millisecond, which is not below 0.</param>
    public void Answer(float milliseconds, long now) => Count(BucketOf(milliseconds), now);

    /// <summary>A call of it has failed.</summary>
    public void Fail(long now) => Count(Failures, now);

    /// <summary>A copy of the last minute's counts.</summary>
    public LatencySample Read(long now)
    {
        var (counts, failures, newest) = (new long[Buckets], 0L, now / Stretch);
        for (var place = 0; place < Stretches; place++)
        {
            if (newest - Volatile.Read(ref _stretches[place]) is < 0 or >= Stretches)
                continue;
            for (var i = 0; i < Buckets; i++)
                counts[i] += Volatile.Read(ref _counts[(place * Width) + i]);
            failures += Volatile.Read(ref _counts[(place * Width) + Failures]);
        }

        var covered = Math.Min(now, ((Stretches - 1) * Stretch) + (now % Stretch));
        return new LatencySample(counts, failures, covered / 1_000.0);
    }

    /// <summary>Whether anything was counted in the last minute; that is known without a look at the counts.</summary>
    public bool IsRecent(long now)
    {
        for (var place = 0; place < Stretches; place++)
        {
            if ((now / Stretch) - Volatile.Read(ref _stretches[place]) is >= 0 and < Stretches)
                return true;
        }

        return false;
    }

    /// <summary>The milliseconds in the middle of a bucket.</summary>
    public static double MiddleOf(int bucket) => (1L << (LeastExponent + (bucket / 4))) * (1 + (((bucket % 4) + 0.5) / 4)) / 1_000;

    private static int BucketOf(float milliseconds)
    {
        var microseconds = (int)Math.Clamp(milliseconds * 1_000.0, LeastMicroseconds, MostMicroseconds);
        var exponent = BitOperations.Log2((uint)microseconds);
        return ((exponent - LeastExponent) * 4) + ((microseconds >> (exponent - 2)) & 3);
    }

    private void Count(int what, long now)
    {
        var stretch = now / Stretch;
        var place = (int)(stretch % Stretches);
        if (Volatile.Read(ref _stretches[place]) != stretch && !TryBegin(place, stretch))
            return;
        Interlocked.Increment(ref _counts[(place * Width) + what]);
    }

    /// <summary>
    /// Empties the counts of a place for a new stretch. False for whoever comes meanwhile, or so late that its stretch is over.
    /// </summary>
    private bool TryBegin(int place, long stretch)
    {
        var before = Volatile.Read(ref _stretches[place]);
        if (before < 0 || before > stretch)
            return false;
        if (before == stretch)
            return true;
        if (Interlocked.CompareExchange(ref _stretches[place], -1, before) != before)
            return false;
        _counts.AsSpan(place * Width, Width).Clear();
        Volatile.Write(ref _stretches[place], stretch);
        return true;
    }
}
