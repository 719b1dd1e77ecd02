using System.Collections.Concurrent;
using Gossip.Statistics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;

namespace Gossip.Snapshots;

/// <summary>
/// Where the loop puts the newest snapshot and all readers find it. A stage holds a snapshot together with the signal that it is outdated;
/// both are read in one step, so a reader that waits for the signal of the stage it read can miss nothing. Readers that wake jump to the
/// newest stage: they skip stages, but never go back.
/// </summary>
internal sealed partial class SnapshotFeed
{
    private Stage _stage;

    public SnapshotFeed() => _stage = new Stage(this, ServiceSnapshot.Empty);

    /// <summary>Logs callbacks that throw.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The state that the statistics of all published instances share.</summary>
    public BalancingClock BalancingClock { get; init; } = new(TimeProvider.System);

    public Stage Newest => Volatile.Read(ref _stage);

    /// <summary>Called by the loop only. Readers continue on the thread pool, never on the loop.</summary>
    public void Publish(ServiceSnapshot snapshot) => Follow(_ => new Stage(this, snapshot));

    /// <summary>
    /// Makes readers read the same snapshot again, since something else that they depend on has changed. Called by any thread.
    /// </summary>
    public void Renew() => Follow(newest => new Stage(this, newest.Snapshot) { IsLast = newest.IsLast });

    /// <summary>Tells readers that no stage follows.</summary>
    public void Complete() => Follow(newest => new Stage(this, newest.Snapshot) { IsLast = true });

    /// <summary>
    /// The thread that replaces a stage gives the signal of that stage, so each is outdated once, and none is lost between two threads.
    /// </summary>
    private void Follow(Func<Stage, Stage> next)
    {
        Stage previous;
        do
            previous = Newest;
        while (Interlocked.CompareExchange(ref _stage, next(previous), previous) != previous);
        previous.Outdate();
    }

    internal sealed class Stage(SnapshotFeed feed, ServiceSnapshot snapshot) : IChangeToken
    {
        private readonly TaskCompletionSource _outdated = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private ConcurrentDictionary<Callback, Callback>? _callbacks;

        public ServiceSnapshot Snapshot { get; } = snapshot;

        public bool IsLast { get; init; }

        public Task Outdated => _outdated.Task;

        public bool HasChanged => _outdated.Task.IsCompleted;

        public bool ActiveChangeCallbacks => true;

        /// <summary>First the signal, then the callbacks: one that is added in between finds the signal, and runs at once.</summary>
        public void Outdate()
        {
            _outdated.TrySetResult();
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _callbacks) is not { } callbacks)
                return;
            foreach (var callback in callbacks.Keys)
                callback.Start();
        }

        public IDisposable RegisterChangeCallback(Action<object?> callback, object? state)
        {
            var callbacks = Volatile.Read(ref _callbacks);
            if (callbacks is null)
            {
                var fresh = new ConcurrentDictionary<Callback, Callback>();
                callbacks = Interlocked.CompareExchange(ref _callbacks, fresh, null) ?? fresh;
            }

            var registration = new Callback(feed.Logger, callbacks, callback, state);
            callbacks[registration] = registration;
            Interlocked.MemoryBarrier();
            if (HasChanged)
                registration.Start();
            return registration;
        }
    }

    /// <summary>
    /// A callback among those of its stage: the thread that removes it may run it, so it runs once, and a disposed one leaves nothing
    /// behind.
    /// </summary>
    private sealed partial class Callback(
        ILogger logger, ConcurrentDictionary<Callback, Callback> all, Action<object?> callback, object? state) : IDisposable
    {
        /// <summary>Runs on the thread pool, as a task of its own: one that blocks or throws does not affect others.</summary>
        public void Start()
        {
            if (all.TryRemove(this, out _))
                Task.Run(Run);
        }

        public void Dispose() => all.TryRemove(this, out _);

        /// <summary>The task is not awaited, so an exception from the application's code would be lost silently.</summary>
        private void Run()
        {
            try
            {
                callback(state);
            }
            catch (Exception error)
            {
                Threw(logger, error);
            }
        }

        [LoggerMessage(76, LogLevel.Error, "A callback of a change token threw; its next registration is called all the same")]
        private static partial void Threw(ILogger logger, Exception error);
    }
}
