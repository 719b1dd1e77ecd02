using Gossip.Protocol;

namespace Gossip.Statistics;

/// <summary>
/// What instances have in place of their statistics while this process has nothing to do with them. Those that were met together share one.
/// </summary>
/// <param name="balancing">What the statistics of all instances have in common.</param>
/// <param name="loads">Where the members' loads are read; null where nobody tells any.</param>
/// <param name="growsUntil">When the instances will have grown to their whole weight; 0 for those that are taken as grown.</param>
internal sealed class StatisticsSource(BalancingClock balancing, MemberLoads? loads, long growsUntil = 0)
{
    /// <summary>An instance of a member is used for the first time.</summary>
    public InstanceStatistics Begin(MemberId owner) => new(balancing, loads?.CellOf(owner), growsUntil);
}
