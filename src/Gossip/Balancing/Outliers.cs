using Gossip.Statistics;

namespace Gossip.Balancing;

/// <summary>
/// Finds instances that fail more often than their siblings: outlier detection by success rate, as Envoy has it, but against the pooled
/// share of the siblings instead of a standard deviation, which says nothing for two or three. An occasional error is the application's,
/// and occurs at all of them; so an instance is ejected only when
/// <list type="number">
/// <item>it and its siblings were called often enough recently,</item>
/// <item>it fails much more often, so that the calls are better off without it,</item>
/// <item>and chance is an unlikely cause: by Chernoff's bound, n calls of which each fails with the probability p show a share s of
/// failures with a probability of at most exp(-n · D(s ‖ p)), where D is the relative entropy (Chernoff, 1952).</item>
/// </list>
/// Siblings are the instances that a view offers beside it. The worst go first, and none beyond
/// <see cref="GossipBalancingOptions.MaxEjectionRatio"/>.
/// </summary>
internal static class Outliers
{
    /// <summary>Ejects those of some siblings that are outliers.</summary>
    /// <param name="siblings">The instances that calls are spread over.</param>
    /// <param name="most">How many of them may be ejected at a time.</param>
    /// <param name="balancing">The state that they share.</param>
    public static void Eject(IReadOnlyList<ServiceInstance> siblings, int most, BalancingClock balancing)
    {
        var mark = balancing.Mark();
        var now = balancing.ToMilliseconds(mark);
        var (calls, failures) = (0L, 0L);
        List<(InstanceStatistics Statistics, long Calls, long Failures)>? suspects = null;
        for (var i = 0; i < siblings.Count; i++)
        {
            if (siblings[i].Begun is not { } statistics)
                continue;
            if (statistics.Ejection is { } ejection)
            {
                most -= ejection.Until > now ? 1 : 0;
                continue;
            }

            var recent = statistics.Recent(now);
            (calls, failures) = (calls + recent.Calls, failures + recent.Failures);
            if (RecentFailures.AreMany(recent))
                (suspects ??= []).Add((statistics, recent.Calls, recent.Failures));
        }

        if (suspects is null)
            return;
        foreach (var one in suspects.OrderByDescending(one => (double)one.Failures / one.Calls))
        {
            if (most <= 0 || !FailureOdds.AreWorse(one.Calls, one.Failures, calls - one.Calls, failures - one.Failures))
                continue;
            one.Statistics.EjectOutlier(mark);
            // The next one is compared with those that are left.
            (calls, failures, most) = (calls - one.Calls, failures - one.Failures, most - 1);
        }
    }
}
