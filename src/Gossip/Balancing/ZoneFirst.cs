using System.Collections.Concurrent;

namespace Gossip.Balancing;

/// <summary>
/// Another selector among the instances of the caller's zone, as long as the zone can bear its callers; the excess goes to all instances.
/// <para>
/// The callers are taken to be spread evenly over the zones that have instances, since no node knows them all; so each zone's fair share of
/// the weight is one divided by the number of zones. A zone with that much keeps its callers. One with less keeps them in proportion, as
/// with three zones of which one has lost half of its instances: each of its instances then bears as much as any other, instead of twice as
/// much. (Envoy's zone-aware routing does the same.) Ejected instances are no candidates, so a failing zone spills without a further rule.
/// </para>
/// <para>
/// Shares cannot show a slow zone, so there is a second rule: a call leaves its zone when the choice within it has many more calls of this
/// process in flight than double those of a choice among all.
/// </para>
/// </summary>
internal sealed class ZoneFirst(string ownZone, Func<IInstanceSelector> within) : INarrowingSelector
{
    /// <summary>How many more: an instance with so many unanswered calls from one caller is not keeping up.</summary>
    private const int ManyMore = 16;

    /// <summary>One selector for each zone that has instances, since its state belongs to one list of candidates.</summary>
    private readonly ConcurrentDictionary<string, IInstanceSelector> _homes = new(StringComparer.Ordinal);

    private readonly IInstanceSelector _anywhere = within();
    private Split? _split;

    /// <summary>For how many zones a selector is kept.</summary>
    internal int ZonesKept => _homes.Count;

    public ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, CallContext call)
    {
        var split = Volatile.Read(ref _split);
        if (split is null || !ReferenceEquals(split.Of, candidates))
            Volatile.Write(ref _split, split = Divide(candidates));
        var home = call.Zone is null ? split.Own : split.Homes.GetValueOrDefault(call.Zone);
        if (home is null)
            return _anywhere.Select(candidates, call);
        if (home.Spill > 0 && FastRandom.Share() < home.Spill)
            return _anywhere.Select(candidates, call);
        var chosen = home.Selector.Select(home.Instances, call);
        if (chosen is null || chosen.Statistics.InFlight <= ManyMore || home.Instances.Length == candidates.Count)
            return chosen;
        var other = _anywhere.Select(candidates, call);
        return other is not null && IsFarBusier(chosen.Statistics.InFlight, other.Statistics.InFlight) ? other : chosen;
    }

    public IReadOnlyList<ServiceInstance> Narrow(
        IReadOnlyList<ServiceInstance> candidates, Action<ServiceInstance, InstanceRule> leaves)
    {
        if (Divide(candidates).Own is not { Spill: < 1 } home)
            return NarrowedCandidates.Of(_anywhere, candidates, leaves);
        var left = new Dictionary<ServiceInstance, InstanceRule>(ReferenceEqualityComparer.Instance);
        var within = NarrowedCandidates.Of(home.Selector, home.Instances, (one, rule) => left[one] = rule);
        var anywhere = NarrowedCandidates.Of(_anywhere, candidates, (one, rule) => left[one] = rule);
        var busiest = within.Max(one => one.InFlight);
        // Of a choice at home that is far busier than all others, and one among all, the latter is taken, whichever that is.
        int? busiestOfAll = home.Instances.Length < candidates.Count && anywhere.Count > 0 ? anywhere.Max(one => one.InFlight) : null;
        var neverKept = within.Where(one => busiestOfAll is { } most && IsFarBusier(one.InFlight, most)).ToArray();
        foreach (var one in neverKept)
            left[one] = InstanceRule.Busy;
        var may = within.Except(neverKept)
            .Union(anywhere.Where(one => home.Spill > 0 || IsFarBusier(busiest, one.InFlight))).ToHashSet();
        foreach (var one in candidates.Where(one => !may.Contains(one)))
            leaves(one, left.GetValueOrDefault(one, InstanceRule.Zone));
        return [.. candidates.Where(may.Contains)];
    }

    private static bool IsFarBusier(int inFlight, int elsewhere) => inFlight > ManyMore + (2 * elsewhere);

    private Split Divide(IReadOnlyList<ServiceInstance> candidates)
    {
        var zones = candidates.GroupBy(one => one.Zone ?? "", StringComparer.Ordinal).ToArray();
        var whole = candidates.Sum(one => (double)one.Weight);
        var homes = new Dictionary<string, Home>(zones.Length, StringComparer.Ordinal);
        foreach (var zone in zones)
        {
            ServiceInstance[] instances = [.. zone];
            var share = whole > 0 ? instances.Sum(one => (double)one.Weight) / whole : (double)instances.Length / candidates.Count;
            homes[zone.Key] = new Home(
                instances, SpillOf(share, 1.0 / zones.Length), _homes.GetOrAdd(zone.Key, static (_, make) => make(), within));
        }

        // Other nodes name zones, which may come and go without end.
        foreach (var (zone, _) in _homes)
        {
            if (!homes.ContainsKey(zone))
                _homes.TryRemove(zone, out _);
        }

        return new Split(candidates, homes, homes.GetValueOrDefault(ownZone));
    }

    /// <summary>
    /// The part of the calls that goes to all. A share of those comes back to the zone, so that the part that stays in it, (1 - spill) +
    /// spill × share, is what the zone can bear: share / fair.
    /// </summary>
    private static double SpillOf(double share, double fair) => share >= fair ? 0 : (1 - (share / fair)) / (1 - share);

    private sealed record Home(ServiceInstance[] Instances, double Spill, IInstanceSelector Selector);

    private sealed record Split(IReadOnlyList<ServiceInstance> Of, Dictionary<string, Home> Homes, Home? Own);
}
