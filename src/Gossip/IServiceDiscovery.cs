using Microsoft.Extensions.Primitives;

namespace Gossip;

/// <summary>What this node knows of the services of the cluster. All of it is read without locks, from any thread.</summary>
public interface IServiceDiscovery
{
    /// <summary>The newest picture of the cluster; empty, with revision 0, until the node has started.</summary>
    ServiceSnapshot Current { get; }

    /// <summary>The instances of a service that want traffic, in a stable order; none when the service is not known.</summary>
    IReadOnlyList<ServiceInstance> GetInstances(string service);

    /// <summary>One instance of a service that wants traffic: each in its turn, or by weight where the weights differ; null when there is none.</summary>
    ServiceInstance? Pick(string service);

    /// <summary>
    /// The current snapshot at once, then every newer one. A slow reader skips snapshots, but never misses the last one and never sees
    /// an older one after a newer one. Ends when the node stops.
    /// </summary>
    IAsyncEnumerable<ServiceSnapshot> WatchAsync(CancellationToken cancellationToken = default);

    /// <summary>A token that fires when a newer snapshot is there. Take it before you read <see cref="Current"/>, and no change is missed.</summary>
    IChangeToken GetChangeToken();

    /// <summary>Waits until a service has at least so many instances that want traffic.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The node stopped.</exception>
    ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(string service, int atLeast = 1, CancellationToken cancellationToken = default);
}
