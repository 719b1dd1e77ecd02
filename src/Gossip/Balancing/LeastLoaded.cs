namespace Gossip.Balancing;

/// <summary>
/// The one with the fewest calls of this process in flight for its weight, among all of them, or among as many as one can afford to look at
/// from a random place on; among equals any, by weight. One that failed more often than not of late comes after all others: what fails in
/// no time has never a call in flight.
/// </summary>
internal sealed class LeastLoaded : IInstanceSelector
{
    /// <summary>How many are looked at: about a microsecond.</summary>
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
            // What weighs nothing gets nothing, unless none weighs anything.
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
}
