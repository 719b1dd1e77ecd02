using Gossip.Statistics;

namespace Gossip.Balancing;

/// <summary>
/// Slow start for those who choose without a look at the load: an instance that has not yet grown is skipped now and then.
/// </summary>
internal static class SlowStart
{
    /// <summary>How often to skip: where all have just started, somebody must be chosen.</summary>
    public const int Tries = 3;

    public static bool Skips(InstanceStatistics statistics) => statistics.IsGrowing && FastRandom.Share() >= statistics.Grown();
}
