using System.Runtime.CompilerServices;
using Microsoft.Extensions.Primitives;

namespace Gossip.Snapshots;

/// <summary>Reads the feed.</summary>
internal sealed class ServiceDiscovery(SnapshotFeed feed) : IServiceDiscovery
{
    public ServiceSnapshot Current => feed.Newest.Snapshot;

    public IReadOnlyList<ServiceInstance> GetInstances(string service) => Current.GetInstances(service);

    public ServiceInstance? Pick(string service) => Current.Find(service)?.Pick();

    public IChangeToken GetChangeToken() => feed.Newest;

    public async IAsyncEnumerable<ServiceSnapshot> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var seen = -1L;
        for (var stage = feed.Newest; ; stage = feed.Newest)
        {
            if (stage.Snapshot.Revision > seen)
                yield return stage.Snapshot;
            seen = stage.Snapshot.Revision;
            if (stage.IsLast)
                yield break;
            await stage.Outdated.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(
        string service, int atLeast = 1, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(atLeast);
        for (var stage = feed.Newest; ; stage = feed.Newest)
        {
            var instances = stage.Snapshot.GetInstances(service);
            if (instances.Count >= atLeast)
                return instances;
            if (stage.IsLast)
                throw new InvalidOperationException($"The node stopped while it waited for {atLeast} of '{service}'; there are {instances.Count}.");
            await stage.Outdated.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
