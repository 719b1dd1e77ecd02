using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Primitives;

namespace Gossip;

/// <summary>
/// The instances that a query means, as of whenever it is read. Thread-safe. Reading a view of <see cref="IServiceDiscovery.Open"/> takes
/// no lock, makes no call, and while nothing has changed allocates nothing.
/// </summary>
public interface IServiceView
{
    /// <summary>The query of the view.</summary>
    ServiceQuery Query { get; }

    /// <summary>The instances that match, in a stable order; when there are none, what <see cref="ServiceQuery.WhenEmpty"/> says.</summary>
    IReadOnlyList<ServiceInstance> Instances { get; }

    /// <summary>One of the instances, as the view's selector chooses.</summary>
    /// <exception cref="NoInstancesException">There is none; the message says why.</exception>
    ServiceInstance Pick(CallContext call = default);

    /// <summary>One of the instances, as the view's selector chooses; null when there is none.</summary>
    ServiceInstance? TryPick(CallContext call = default);

    /// <summary>
    /// The instances at once, and again whenever other ones match or one of them has changed. A slow reader skips states, but never misses
    /// the last state and never sees an older one after a newer one. Ends when the node stops.
    /// </summary>
    IAsyncEnumerable<IReadOnlyList<ServiceInstance>> WatchAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// A token that fires when other instances match or one of them has changed. Take it before you read <see cref="Instances"/>, and no
    /// change is missed.
    /// </summary>
    [SuppressMessage("Design", "CA1024", Justification = "Each call makes a token, as everywhere in the framework.")]
    IChangeToken GetChangeToken();

    /// <summary>Waits until at least so many instances match, including those that stand in for none.</summary>
    /// <param name="atLeast">How many; at least 0.</param>
    /// <param name="timeout">
    /// How long to wait: any span, however long; <see cref="TimeSpan.Zero"/> to check once, null or <see cref="Timeout.InfiniteTimeSpan"/>
    /// to wait without limit.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="atLeast"/> or <paramref name="timeout"/> is negative.</exception>
    /// <exception cref="NoInstancesException">The time is over; the message says what there is instead.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The node stopped.</exception>
    ValueTask<IReadOnlyList<ServiceInstance>> WaitForAsync(
        int atLeast = 1, TimeSpan? timeout = null, CancellationToken cancellationToken = default);
}
