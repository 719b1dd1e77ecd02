using System.Runtime.CompilerServices;
using Gossip.Snapshots;
using Microsoft.Extensions.Primitives;

namespace Gossip.Discovery;

/// <summary>Reads what the node publishes.</summary>
internal sealed class ServiceDiscovery(Sources sources, Func<string, IInstanceSelector> selectors) : IServiceDiscovery
{
    /// <summary>One view for each service that was asked for by its name, so that its selector keeps its state.</summary>
    private readonly NameCache<string, ServiceView> _views = new(
        name => sources.Statics.Find(name) is not null || sources.Now.Snapshot.Find(name) is not null, ServiceNames.Comparer);

    /// <summary>For how many names a view is kept.</summary>
    internal int ViewsKept => _views.Count;

    public ServiceSnapshot Current => sources.Now.Snapshot;

    public IReadOnlyList<ServiceInstance> GetInstances(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return sources.Statics.Find(service) ?? Current.GetInstances(service);
    }

    public ServiceInstance Pick(string service, CallContext call = default) => Of(service).Pick(call);

    public ServiceInstance? TryPick(string service, CallContext call = default) => Of(service).TryPick(call);

    IServiceView IServiceDiscovery.Open(ServiceQuery query, IInstanceSelector? selector) => Open(query, selector);

    public IChangeToken GetChangeToken() => sources.Now;

    public IAsyncEnumerable<ServiceSnapshot> WatchAsync(CancellationToken cancellationToken = default) => WatchAsync("", cancellationToken);

    public async IAsyncEnumerable<ServiceSnapshot> WatchAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        ServiceSnapshot? seen = null;
        for (var stage = sources.Now; ; stage = sources.Now)
        {
            if (seen is null || (prefix.Length == 0 ? stage.Snapshot.Revision > seen.Revision : stage.Snapshot.Differs(seen, prefix)))
                yield return seen = stage.Snapshot;
            if (stage.IsLast)
                yield break;
            await stage.Outdated.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(
        string service, int atLeast = 1, CancellationToken cancellationToken = default) =>
        Of(service).WaitForAsync(atLeast, null, cancellationToken);

    public ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(
        string service, int atLeast, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        Of(service).WaitForAsync(atLeast, timeout, cancellationToken);

    internal ServiceView Open(ServiceQuery query, IInstanceSelector? selector = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        return new ServiceView(sources, query, selector ?? selectors(query.Service));
    }

    private ServiceView Of(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        if (_views.TryGet(service, out var view))
            return view;
        view = Open(new ServiceQuery(service));
        // A name without instances is not kept: it may be a mistake, and there is no limit to those.
        return view.Instances.Count == 0 ? view : _views.Keep(service, view);
    }
}
