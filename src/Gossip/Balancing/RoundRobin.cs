namespace Gossip.Balancing;

/// <summary>Each in turn or, where the weights differ, in proportion to its weight, evenly spread.</summary>
internal sealed class RoundRobin : INarrowingSelector
{
    private readonly RoundRobinCounter _turn = new();
    private WeightedCandidates? _stretches;

    public ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, CallContext call)
    {
        var stretches = WeightedCandidates.Cached(ref _stretches, candidates);
        var chosen = Next(stretches);
        for (var tries = SlowStart.Tries; tries > 0 && SlowStart.Skips(stretches.Statistics[chosen]); tries--)
            chosen = Next(stretches);
        return stretches.All[chosen];
    }

    public IReadOnlyList<ServiceInstance> Narrow(
        IReadOnlyList<ServiceInstance> candidates, Action<ServiceInstance, InstanceRule> leaves) =>
        NarrowedCandidates.ByWeight(candidates, leaves);

    private int Next(WeightedCandidates stretches) =>
        stretches.AreEqual ? _turn.Next(stretches.All.Length) : stretches.At(_turn.NextPoint());
}
