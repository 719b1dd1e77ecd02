namespace Gossip.Balancing;

/// <summary>
/// The instance with the fewest calls of this process in flight for its weight, among all of them, or among as many from a random place on
/// as a choice can afford to examine; among equals any, by weight. An instance that recently failed more often than not comes after all
/// others, since one that fails at once never has a call in flight.
/// </summary>
internal sealed class LeastLoaded : INarrowingSelector
{
    /// <summary>How many are examined, in about a microsecond.</summary>
    private const int Most = 64;

    private WeightedCandidates? _stretches;

    public ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, CallContext call)
    {
        var stretches = WeightedCandidates.Cached(ref _stretches, candidates);
        var all = stretches.All;
        var place = FastRandom.Below(all.Length);
        ServiceInstance? best = null;
        var (least, weightOfEquals, bestFails) = (float.MaxValue, 0f, true);
        for (var left = Math.Min(all.Length, Most); left > 0; left--)
        {
            var one = all[place];
            place = place + 1 == all.Length ? 0 : place + 1;
            // An instance of weight 0 gets no calls, unless all have weight 0.
            if (one.Weight == 0 && !stretches.AreEqual)
                continue;
            var weight = Math.Max(1, one.Weight) * one.Statistics.Grown();
            var load = one.Statistics.InFlight / weight;
            var fails = one.Statistics.Failing > 0.5f;
            var isBetter = fails == bestFails ? load < least : bestFails;
            if (!isBetter && (fails != bestFails || load > least))
                continue;
            weightOfEquals = isBetter ? weight : weightOfEquals + weight;
            if (isBetter || FastRandom.Share() * weightOfEquals < weight)
                (best, least, bestFails) = (one, load, fails);
        }

        return best ?? all[stretches.At((uint)FastRandom.Next())];
    }

    public IReadOnlyList<ServiceInstance> Narrow(
        IReadOnlyList<ServiceInstance> candidates, Action<ServiceInstance, InstanceRule> leaves) =>
        NarrowedCandidates.ByWeight(candidates, leaves);
}
