using Gossip.Protocol;

namespace Gossip.Statistics;

/// <summary>What a told load means for a choice, as one factor: 1 for idle or unknown, more for busy.</summary>
internal static class LoadFactor
{
    /// <summary>So many calls in flight for each 100 of weight weigh as much as a processor that is full.</summary>
    private const float CallsAsFull = 32;

    /// <summary>So many milliseconds of waiting do.</summary>
    private const float DelayAsFull = 20;

    /// <summary>The most that load may say: it is a hint, and one's own experience goes first.</summary>
    private const float Most = 8;

    /// <param name="load">What was told.</param>
    /// <param name="weight">The weight of the instance.</param>
    /// <param name="trust">How much it still says, 0 to 1. Old news fades to 1: all callers would go where there was room a while
    /// ago.</param>
    public static float Of(Load load, int weight, float trust)
    {
        var calls = load.InFlight * 100f / Math.Max(1, weight) / CallsAsFull;
        return MathF.Min(Most, 1 + (trust * ((load.CpuPercent / 100f) + (load.QueueDelayMs / DelayAsFull) + calls)));
    }
}
