using Gossip.Protocol;

namespace Gossip.Statistics;

/// <summary>What a reported load means for a choice, as one factor: 1 for idle or unknown, more for busy.</summary>
internal static class LoadFactor
{
    /// <summary>How many calls in flight for each 100 of weight count as much as a full processor.</summary>
    private const float CallsAsFull = 32;

    /// <summary>How many milliseconds of waiting do.</summary>
    private const float DelayAsFull = 20;

    /// <summary>The largest factor: load is a hint, and this process's own experience counts more.</summary>
    private const float Most = 8;

    /// <param name="load">The reported load.</param>
    /// <param name="weight">The weight of the instance.</param>
    /// <param name="trust">How far it is still trusted, 0 to 1. The factor of an old load fades to 1: otherwise all callers would go where
    /// there was room a while ago.</param>
    public static float Of(Load load, int weight, float trust)
    {
        var calls = load.InFlight * 100f / Math.Max(1, weight) / CallsAsFull;
        return MathF.Min(Most, 1 + (trust * ((load.CpuPercent / 100f) + (load.QueueDelayMs / DelayAsFull) + calls)));
    }
}
