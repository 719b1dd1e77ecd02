using Gossip.Statistics;

namespace Gossip.Balancing;

/// <summary>
/// A selector, and what holds for every selector: ejected instances are not on offer, an ejection that is over lets one call pass at a
/// time, and a call does not go to an instance that it has tried in vain. While nothing fails, all of it costs one comparison.
/// </summary>
internal sealed class Picker(IInstanceSelector selector, BalancingClock balancing)
{
    /// <summary>How often the selector may choose an unsuitable instance, before it has to choose among suitable ones.</summary>
    private const int Tries = 4;

    private EligibleInstances _offer = EligibleInstances.None;

    /// <summary>The selector's name, for traces.</summary>
    public string Selector => selector.GetType().Name;

    public ServiceInstance? Pick(IReadOnlyList<ServiceInstance> candidates, CallContext call)
    {
        var offer = OfferOf(candidates);
        var chosen = selector.Select(offer.Instances, call);
        return chosen is null || (chosen.Statistics.Ejection is null && call.Tried is null)
            ? chosen
            : Reconsider(candidates, offer, chosen, call);
    }

    /// <summary>Whether a list has an instance, compared by what a change of its record does not affect.</summary>
    public static bool IsIn(IReadOnlyList<ServiceInstance>? tried, ServiceInstance instance)
    {
        for (var i = 0; i < tried?.Count; i++)
        {
            if (ReferenceEquals(tried[i].Statistics, instance.Statistics))
                return true;
        }

        return false;
    }

    private EligibleInstances OfferOf(IReadOnlyList<ServiceInstance> candidates)
    {
        var offer = Volatile.Read(ref _offer);
        if (!offer.IsOf(candidates, balancing))
            Volatile.Write(ref _offer, offer = EligibleInstances.Make(candidates, balancing));
        return offer;
    }

    private ServiceInstance? Reconsider(
        IReadOnlyList<ServiceInstance> candidates, EligibleInstances offer, ServiceInstance? chosen, CallContext call)
    {
        for (var left = Tries; left > 0 && chosen is not null; left--)
        {
            if (!IsIn(call.Tried, chosen) && Passes(chosen, offer, candidates))
                return chosen;
            offer = OfferOf(candidates);
            chosen = selector.Select(offer.Instances, call);
        }

        return chosen is null ? null : Search(candidates, offer, call);
    }

    /// <summary>
    /// An ejected instance may be on offer because its time is over, and then passes as the probe, or because there is no better one.
    /// </summary>
    private bool Passes(ServiceInstance chosen, EligibleInstances offer, IReadOnlyList<ServiceInstance> candidates)
    {
        if (chosen.Statistics.Ejection is not { } ejection)
            return true;
        return ejection.Until <= balancing.Now ? chosen.Statistics.TryProbe(ejection) : offer.IsOf(candidates, balancing);
    }

    /// <summary>
    /// Lets the selector choose among those that this call has not tried: first of those on offer, then of all; or among those on offer,
    /// when it has tried every instance.
    /// </summary>
    private ServiceInstance? Search(IReadOnlyList<ServiceInstance> candidates, EligibleInstances offer, CallContext call)
    {
        var left = Untried(offer.Instances, call.Tried);
        if (left.Length == 0)
            left = Untried(candidates, call.Tried);
        return selector.Select(left.Length == 0 ? offer.Instances : left, call);
    }

    private static ServiceInstance[] Untried(IReadOnlyList<ServiceInstance> instances, IReadOnlyList<ServiceInstance>? tried) =>
        [.. instances.Where(one => !IsIn(tried, one))];
}
