namespace Gossip.Balancing;

/// <summary>A random instance, in proportion to the weights.</summary>
internal sealed class AtRandom : INarrowingSelector
{
    private WeightedCandidates? _stretches;

    public ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, CallContext call)
    {
        var stretches = WeightedCandidates.Cached(ref _stretches, candidates);
        var chosen = stretches.At((uint)FastRandom.Next());
        for (var tries = SlowStart.Tries; tries > 0 && SlowStart.Skips(stretches.Statistics[chosen]); tries--)
            chosen = stretches.At((uint)FastRandom.Next());
        return stretches.All[chosen];
    }

    public IReadOnlyList<ServiceInstance> Narrow(
        IReadOnlyList<ServiceInstance> candidates, Action<ServiceInstance, InstanceRule> leaves) =>
        NarrowedCandidates.ByWeight(candidates, leaves);
}
