using Microsoft.Extensions.Primitives;

namespace Gossip;

/// <summary>
/// What this node knows of the services of the cluster. All members can be used from any thread, and reads take no locks.
/// </summary>
public interface IServiceDiscovery
{
    /// <summary>The newest snapshot of the cluster; empty, with revision 0, until the node has started.</summary>
    ServiceSnapshot Current { get; }

    /// <summary>
    /// The instances of a service that want traffic, in a stable order; none when the service is not known. A service that is in the
    /// configuration, below <c>Services:{name}</c>, has the instances that are listed there.
    /// </summary>
    IReadOnlyList<ServiceInstance> GetInstances(string service);

    /// <summary>
    /// One instance of a service that wants traffic, chosen by the service's selector: by default the less busy of two.
    /// </summary>
    /// <exception cref="NoInstancesException">There is none; the message says why.</exception>
    ServiceInstance Pick(string service, CallContext call = default);

    /// <summary>As <see cref="Pick"/>, but null when there is none.</summary>
    ServiceInstance? TryPick(string service, CallContext call = default);

    /// <summary>
    /// Opens a view of the instances that a query means. A view follows the cluster by itself and costs nothing while it is not read: open
    /// it once, keep it, and read it as often as you like.
    /// </summary>
    /// <param name="query">Which instances.</param>
    /// <param name="selector">What chooses among them; null for the selector that is configured for the service.</param>
    IServiceView Open(ServiceQuery query, IInstanceSelector? selector = null);

    /// <summary>
    /// The current snapshot at once, then every newer one. A slow reader skips snapshots, but never misses the last one and never sees
    /// an older one after a newer one. Ends when the node stops.
    /// </summary>
    IAsyncEnumerable<ServiceSnapshot> WatchAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// As the overload without a prefix, but only for changes of services whose names begin with it, compared without case.
    /// </summary>
    /// <param name="prefix">The beginning of the names.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    IAsyncEnumerable<ServiceSnapshot> WatchAsync(string prefix, CancellationToken cancellationToken = default);

    /// <summary>
    /// A token that fires when there is a newer snapshot. Take it before you read <see cref="Current"/>, and no change is missed.
    /// </summary>
    IChangeToken GetChangeToken();

    /// <summary>Waits until a service has at least so many instances that want traffic.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The node stopped.</exception>
    ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(string service, int atLeast = 1, CancellationToken cancellationToken = default);

    /// <summary>Waits until a service has at least so many instances that want traffic, or a timeout is over.</summary>
    /// <param name="service">The service's name.</param>
    /// <param name="atLeast">How many; at least 0.</param>
    /// <param name="timeout">
    /// How long to wait: any span, however long; <see cref="TimeSpan.Zero"/> to check once, <see cref="Timeout.InfiniteTimeSpan"/> to wait
    /// without limit.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="atLeast"/> or <paramref name="timeout"/> is negative.</exception>
    /// <exception cref="NoInstancesException">The time is over; the message says what there is instead.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The node stopped.</exception>
    ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(
        string service, int atLeast, TimeSpan timeout, CancellationToken cancellationToken = default);
}
