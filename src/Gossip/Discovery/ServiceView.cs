using System.Runtime.CompilerServices;
using Gossip.Balancing;
using Gossip.Configuration;
using Gossip.Diagnostics;
using Microsoft.Extensions.Primitives;

namespace Gossip.Discovery;

/// <summary>The view of a query, over what the node publishes.</summary>
internal sealed class ServiceView : IServiceView
{
    private readonly Sources _sources;
    private readonly Predicates _predicates;
    private readonly Picker _picker;
    private Projection _newest;

    internal ServiceView(Sources sources, ServiceQuery query, IInstanceSelector selector)
    {
        _sources = sources;
        _picker = new Picker(selector, sources.BalancingClock);
        _predicates = new Predicates(query, sources.Logger);
        _newest = Projection.None;
    }

    public ServiceQuery Query => _predicates.Query;

    public IReadOnlyList<ServiceInstance> Instances
    {
        get
        {
            var newest = Volatile.Read(ref _newest);
            return (newest.IsOf(_sources) ? newest : Refresh(newest)).Offered;
        }
    }

    public ServiceInstance Pick(CallContext call = default) => TryPick(call) ?? throw Explain();

    public ServiceInstance? TryPick(CallContext call = default)
    {
        var instances = Instances;
        var chosen = instances.Count == 0 ? null : _picker.Pick(instances, call);
        chosen?.Statistics.Calls?.Pick(chosen, call.Zone);
        if (GossipActivity.OfCaller is { } span)
            PickEvent.Add(span, Query, _picker.Selector, instances.Count, chosen, 1 + (call.Tried?.Count ?? 0));
        return chosen;
    }

    public async IAsyncEnumerable<IReadOnlyList<ServiceInstance>> WatchAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IReadOnlyList<ServiceInstance>? seen = null;
        while (true)
        {
            var moment = _sources.Now;
            var instances = Instances;
            if (seen is null || !Projection.AreSame(seen, instances))
                yield return seen = instances;
            if (moment.IsLast)
                yield break;
            await moment.Outdated.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public IChangeToken GetChangeToken()
    {
        var taken = Instances;
        return new ViewChangeToken(() => !Projection.AreSame(taken, Instances), _sources);
    }

    public async ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(
        int atLeast = 1, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(atLeast);
        var patience = timeout ?? Timeout.InfiniteTimeSpan;
        if (!Timeouts.IsValid(patience))
            throw new ArgumentOutOfRangeException(nameof(timeout), patience, "It must be zero or longer, or Timeout.InfiniteTimeSpan.");
        var start = _sources.Time.GetTimestamp();
        while (true)
        {
            var moment = _sources.Now;
            var instances = Instances;
            if (instances.Count >= atLeast)
                return instances;
            if (moment.IsLast)
                throw new InvalidOperationException(
                    $"The node stopped while it waited for {atLeast} of '{Query.Service}'; there are {instances.Count}.");
            var left = Timeouts.SpanOf(patience) - _sources.Time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
                throw Explain(atLeast, patience);
            try
            {
                await moment.Outdated.WaitUpToAsync(left, _sources.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw Explain(atLeast, patience);
            }
        }
    }

    internal NoInstancesException Explain(int atLeast = 1, TimeSpan? waited = null) =>
        new Explanation(_sources, Query) { AtLeast = atLeast, Waited = waited }.ToException();

    /// <summary>
    /// Several threads may do so at a time. A projection replaces only the one that it was made from: an older projection never replaces a
    /// newer one, and the last known instances are not lost between two readers.
    /// </summary>
    private Projection Refresh(Projection before)
    {
        while (true)
        {
            var made = Projection.After(before, _sources, _predicates);
            var found = Interlocked.CompareExchange(ref _newest, made, before);
            if (ReferenceEquals(found, before))
                return made;
            if (found.IsOf(_sources))
                return found;
            before = found;
        }
    }
}
