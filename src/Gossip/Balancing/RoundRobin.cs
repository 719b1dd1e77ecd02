namespace Gossip.Balancing;

/// <summary>Each in its turn or, where the weights differ, as often as its weight says, evenly spread.</summary>
internal sealed class RoundRobin : IInstanceSelector
{
    private readonly Turn _turn = new();
    private Stretches? _stretches;

    public ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, CallContext call)
    {
        var stretches = Stretches.Cached(ref _stretches, candidates);
        var chosen = Next(stretches);
        for (var tries = SlowStart.Tries; tries > 0 && SlowStart.Skips(stretches.Traffic[chosen]); tries--)
            chosen = Next(stretches);
        return stretches.All[chosen];
    }

    private int Next(Stretches stretches) =>
        stretches.AreEqual ? _turn.Next(stretches.All.Length) : stretches.At(_turn.NextPoint());
}
