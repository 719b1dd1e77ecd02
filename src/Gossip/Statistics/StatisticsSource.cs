using Gossip.Protocol;

namespace Gossip.Statistics;

/// <summary>
/// What instances have in place of statistics while this process does not call them. Those that were found together share one.
/// </summary>
/// <param name="balancing">The state that the statistics of all instances share.</param>
/// <param name="loads">Where the members' loads are read; null where there are none.</param>
/// <param name="growsUntil">When the instances will have grown to their whole weight; 0 for those that count as grown.</param>
internal sealed class StatisticsSource(BalancingClock balancing, MemberLoads? loads, long growsUntil = 0)
{
    /// <summary>An instance of a member is used for the first time.</summary>
    public InstanceStatistics Begin(MemberId owner, string service) =>
        new(balancing, loads?.CellOf(owner), growsUntil, balancing.Calls?.Of(service));
}
