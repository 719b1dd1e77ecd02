namespace Gossip.Balancing;

/// <summary>
/// Another selector among a fixed few instances: a thousand callers of a thousand instances need not keep a million connections. Each
/// caller has the instances with its highest numbers (<see cref="Rendezvous"/>), so that it keeps them across restarts, callers spread
/// evenly, and when an instance goes, only its callers move.
/// </summary>
internal sealed class Subset(string caller, int size, IInstanceSelector within) : INarrowingSelector
{
    private readonly ulong _caller = Rendezvous.HashOf(caller);
    private Few? _few;

    public ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, CallContext call)
    {
        if (candidates.Count <= size)
            return within.Select(candidates, call);
        var few = Volatile.Read(ref _few);
        if (few is null || !ReferenceEquals(few.Of, candidates))
            Volatile.Write(ref _few, few = new Few(candidates, Choose(candidates)));
        return within.Select(few.Chosen, call);
    }

    public IReadOnlyList<ServiceInstance> Narrow(
        IReadOnlyList<ServiceInstance> candidates, Action<ServiceInstance, InstanceRule> leaves)
    {
        var few = candidates.Count <= size ? candidates : Choose(candidates);
        foreach (var one in few.Count < candidates.Count ? candidates.Except(few) : [])
            leaves(one, one.Weight == 0 && few.Any(other => other.Weight > 0) ? InstanceRule.Weight : InstanceRule.Subset);
        return NarrowedCandidates.Of(within, few, leaves);
    }

    private ServiceInstance[] Choose(IReadOnlyList<ServiceInstance> candidates)
    {
        // Instances of weight 0 would take a place in vain.
        var needsWeight = candidates.Any(one => one.Weight > 0);
        var ids = Rendezvous.IdsOf(candidates);
        var lowestFirst = new PriorityQueue<(ServiceInstance Instance, int Place), ulong>(size + 1);
        for (var i = 0; i < candidates.Count; i++)
        {
            var one = candidates[i];
            if (needsWeight && one.Weight == 0)
                continue;
            lowestFirst.Enqueue((one, i), Rendezvous.Of(_caller, ids[i]));
            if (lowestFirst.Count > size)
                lowestFirst.Dequeue();
        }

        // In the order of the candidates, which is stable.
        return [.. lowestFirst.UnorderedItems.OrderBy(item => item.Element.Place).Select(item => item.Element.Instance)];
    }

    private sealed record Few(IReadOnlyList<ServiceInstance> Of, ServiceInstance[] Chosen);
}
