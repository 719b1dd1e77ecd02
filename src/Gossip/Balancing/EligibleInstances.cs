using Gossip.Statistics;

namespace Gossip.Balancing;

/// <summary>
/// The instances that a selector may choose from: the candidates without those that are ejected. Not more than a share of them is left out,
/// the worst first, and never all: when all fail, it may be this process that is cut off, and only a try can tell.
/// <para>
/// Degraded instances ask for fewer calls, and are left out too while all of them fit into the same share: more would put a load on the
/// ready ones that those were not made for (Envoy's panic threshold). It is all of them or none, since otherwise all callers would meet at
/// the few that are left in.
/// </para>
/// </summary>
internal sealed class EligibleInstances
{
    private readonly IReadOnlyList<ServiceInstance>? _of;
    private readonly int _epoch;

    /// <summary>The millisecond at which an instance that is left out may be probed.</summary>
    private readonly long _due = long.MaxValue;

    private EligibleInstances(IReadOnlyList<ServiceInstance>? candidates, IReadOnlyList<ServiceInstance> instances, int epoch, long due)
    {
        _of = candidates;
        _epoch = epoch;
        _due = due;
        Instances = instances;
    }

    public static EligibleInstances None { get; } = new(null, [], 0, 0);

    public IReadOnlyList<ServiceInstance> Instances { get; }

    public bool IsOf(IReadOnlyList<ServiceInstance> candidates, BalancingClock balancing) =>
        ReferenceEquals(_of, candidates) && _epoch == balancing.Epoch && (_due == long.MaxValue || balancing.Now < _due);

    public static EligibleInstances Make(IReadOnlyList<ServiceInstance> candidates, BalancingClock balancing)
    {
        var most = Most(candidates, balancing);
        if (most > 0)
            Outliers.Eject(candidates, most, balancing);
        return Find(candidates, balancing);
    }

    /// <summary>The same without looking for outliers: whoever only looks changes nothing.</summary>
    public static EligibleInstances Find(IReadOnlyList<ServiceInstance> candidates, BalancingClock balancing)
    {
        var most = Most(candidates, balancing);
        // The epoch is read first: a change in between makes the next one.
        var epoch = balancing.Epoch;
        var now = balancing.Now;
        List<(ServiceInstance Instance, long Until)>? bad = null;
        List<ServiceInstance>? degraded = null;
        foreach (var one in candidates)
        {
            if (one.Ejection is { } ejection && ejection.Until > now)
                (bad ??= []).Add((one, ejection.Until));
            else if (one.State == ServiceState.Degraded)
                (degraded ??= []).Add(one);
        }

        if (bad is null && degraded is null)
            return new EligibleInstances(candidates, candidates, epoch, long.MaxValue);
        bad ??= [];
        var due = bad.Count > 0 ? bad.Min(one => one.Until) : long.MaxValue;
        if (bad.Count == candidates.Count || most == 0)
            return new EligibleInstances(candidates, candidates, epoch, due);
        var leftOut = bad.OrderByDescending(one => one.Until).Take(most).Select(one => one.Instance).ToHashSet();
        if (degraded is not null && leftOut.Count + degraded.Count <= most)
            leftOut.UnionWith(degraded);
        return new EligibleInstances(candidates, [.. candidates.Where(one => !leftOut.Contains(one))], epoch, due);
    }

    /// <summary>How many may be left out.</summary>
    private static int Most(IReadOnlyList<ServiceInstance> candidates, BalancingClock balancing) =>
        Math.Min((int)(candidates.Count * balancing.Rules.MaxEjectionRatio), candidates.Count - 1);
}
