namespace Gossip.Statistics;

/// <summary>What a <see cref="LatencyTally"/> has counted, at a moment. Several of them add up.</summary>
/// <param name="Counts">The calls that were answered, by bucket.</param>
/// <param name="Failures">The calls that failed.</param>
/// <param name="Seconds">The time that they cover.</param>
internal sealed record LatencySample(IReadOnlyList<long> Counts, long Failures, double Seconds)
{
    public static LatencySample None { get; } = new(new long[LatencyTally.Buckets], 0, 0);

    /// <summary>The calls that have ended, those that failed among them.</summary>
    public long Calls => Counts.Sum() + Failures;

    /// <summary>The share of them that failed; 0 without calls.</summary>
    public double FailureRate => Calls == 0 ? 0 : (double)Failures / Calls;

    public double CallsPerSecond => Seconds > 0 ? Calls / Seconds : 0;

    public double FailuresPerSecond => Seconds > 0 ? Failures / Seconds : 0;

    /// <summary>The milliseconds that so great a share of the answers took at the most, 0.99 for p99; null when there are none.</summary>
    public double? Quantile(double share)
    {
        var answers = Counts.Sum();
        if (answers == 0)
            return null;
        var rank = Math.Max(1, (long)Math.Ceiling(share * answers));
        var (bucket, below) = (0, Counts[0]);
        while (below < rank)
            below += Counts[++bucket];
        return LatencyTally.MiddleOf(bucket);
    }

    /// <summary>Both together: of one caller after the other, or of one instance and another.</summary>
    public LatencySample Plus(LatencySample other) => new(
        [.. Counts.Zip(other.Counts, (one, another) => one + another)], Failures + other.Failures, Math.Max(Seconds, other.Seconds));
}
