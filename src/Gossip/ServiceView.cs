using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Gossip.Balancing;
using Gossip.Configuration;
using Gossip.Discovery;
using Microsoft.Extensions.Primitives;

namespace Gossip;

/// <summary>
/// The instances that a query means, as of now, whenever it is read. Reading takes no lock, makes no call, and while nothing has changed
/// allocates nothing. For any thread.
/// </summary>
public sealed class ServiceView
{
    private readonly Sources _sources;
    private readonly Predicates _predicates;
    private readonly Picker _picker;
    private Projection _newest;

    internal ServiceView(Sources sources, ServiceQuery query, IInstanceSelector selector)
    {
        _sources = sources;
        _picker = new Picker(selector, sources.Traffic);
        _predicates = new Predicates(query, sources.Logger);
        _newest = Projection.None;
    }

    /// <summary>What is asked for.</summary>
    public ServiceQuery Query => _predicates.Query;

    /// <summary>The instances that match, in a stable order; when there are none, what <see cref="ServiceQuery.WhenEmpty"/> says.</summary>
    public IReadOnlyList<ServiceInstance> Instances
    {
        get
        {
            var newest = Volatile.Read(ref _newest);
            return (newest.IsOf(_sources) ? newest : Refresh(newest)).Offered;
        }
    }

    /// <summary>One of the instances, as the view's selector chooses.</summary>
    /// <exception cref="NoInstancesException">There is none; the message says why.</exception>
    public ServiceInstance Pick(in Call call = default) => TryPick(call) ?? throw Explain();

    /// <summary>One of the instances, as the view's selector chooses; null when there is none.</summary>
    public ServiceInstance? TryPick(in Call call = default)
    {
        var instances = Instances;
        return instances.Count == 0 ? null : _picker.Pick(instances, call);
    }

    /// <summary>
    /// The instances at once, and again whenever other ones match or one of them has changed. A slow reader skips, but never misses the
    /// last state and never sees an older one after a newer one. Ends when the node stops.
    /// </summary>
    public async IAsyncEnumerable<IReadOnlyList<ServiceInstance>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
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

    /// <summary>
    /// A token that fires when other instances match or one of them has changed. Take it before you read <see cref="Instances"/>, and no
    /// change is missed.
    /// </summary>
    [SuppressMessage("Design", "CA1024", Justification = "Each call makes a token, as everywhere in the framework.")]
    public IChangeToken GetChangeToken() => new ViewChangeToken(this, _sources);

    /// <summary>Waits until at least so many instances match, those that stand in for none included.</summary>
    /// <param name="atLeast">How many; at least 0.</param>
    /// <param name="timeout">
    /// How long to wait: any span, however long; <see cref="TimeSpan.Zero"/> to look once, null or <see cref="Timeout.InfiniteTimeSpan"/>
    /// for as long as it takes.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="atLeast"/> or <paramref name="timeout"/> is negative.</exception>
    /// <exception cref="NoInstancesException">The time is over; the message says what there is instead.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The node stopped.</exception>
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
                throw new InvalidOperationException($"The node stopped while it waited for {atLeast} of '{Query.Service}'; there are {instances.Count}.");
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
    /// Several threads may come here at a time. What one makes replaces only what it was made of: an older projection never takes the place of
    /// a newer one, and what was known last is not lost between two readers.
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
