using Gossip.Statistics;

namespace Gossip.Balancing;

/// <summary>Slow start for selectors that ignore the load: an instance that has not yet grown is skipped at times.</summary>
internal static class SlowStart
{
    /// <summary>How often to skip at most: where all have just started, one must be chosen.</summary>
    public const int Tries = 3;

    public static bool Skips(InstanceStatistics statistics) => statistics.IsGrowing && FastRandom.Share() >= statistics.Grown();
}
