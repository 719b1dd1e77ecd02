using Microsoft.Extensions.Primitives;

namespace Gossip.Snapshots;

/// <summary>
/// Where the loop puts the newest snapshot and everybody else finds it. A stage holds a snapshot together with the signal that it is no
/// longer the newest; both are read in one step, so a reader that waits for the signal of the stage it read can miss nothing. Readers
/// that wake jump to the newest stage: they skip, but never go back.
/// </summary>
internal sealed class SnapshotFeed
{
    private Stage _stage = new(ServiceSnapshot.Empty);

    public Stage Newest => Volatile.Read(ref _stage);

    /// <summary>Called by the loop only. Readers continue on the thread pool, never on the loop.</summary>
    public void Publish(ServiceSnapshot snapshot) => Follow(new Stage(snapshot));

    /// <summary>Lets the readers see that nothing follows.</summary>
    public void Complete() => Follow(new Stage(Newest.Snapshot) { IsLast = true });

    private void Follow(Stage next)
    {
        var previous = Newest;
        Volatile.Write(ref _stage, next);
        previous.Outdate();
    }

    internal sealed class Stage(ServiceSnapshot snapshot) : IChangeToken
    {
        private readonly TaskCompletionSource _outdated = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ServiceSnapshot Snapshot { get; } = snapshot;

        public bool IsLast { get; init; }

        public Task Outdated => _outdated.Task;

        public bool HasChanged => _outdated.Task.IsCompleted;

        public bool ActiveChangeCallbacks => true;

        public void Outdate() => _outdated.TrySetResult();

        public IDisposable RegisterChangeCallback(Action<object?> callback, object? state)
        {
            var registration = new Callback(callback, state);
            _outdated.Task.ContinueWith(
                static (_, callback) => ((Callback)callback!).Run(), registration, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return registration;
        }
    }

    private sealed class Callback(Action<object?> callback, object? state) : IDisposable
    {
        private Action<object?>? _callback = callback;

        public void Run() => Interlocked.Exchange(ref _callback, null)?.Invoke(state);

        public void Dispose() => Interlocked.Exchange(ref _callback, null);
    }
}
