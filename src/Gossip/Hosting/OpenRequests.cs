namespace Gossip.Hosting;

/// <summary>Counts the requests that the process's server works on, for a drain, which waits for them, and for the reported load.</summary>
internal sealed class OpenRequests
{
    /// <summary>The limit of all quiet times together, where callers ignore the drain and go on calling.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>A shorter quiet time counts as this, since the waits in between take time too.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(20);

    private Batch _current = new();
    private int _draining;
    private int _late;
    private int _watching;

    /// <summary>How many requests are open, without those that only watch: they are no work, and last as long as their caller.</summary>
    public int Count => Math.Max(0, Volatile.Read(ref _current).Open - Volatile.Read(ref _watching));

    /// <summary>Whether the process asks callers to go elsewhere.</summary>
    public bool IsDraining => Volatile.Read(ref _draining) != 0;

    /// <summary>A request has come. When it has ended, report that to the returned batch.</summary>
    public Batch Begin()
    {
        var batch = Volatile.Read(ref _current);
        batch.Enter();
        if (IsDraining)
            Interlocked.Increment(ref _late);
        return batch;
    }

    /// <summary>A request that was counted only watches from here on.</summary>
    public void BeginWatch() => Interlocked.Increment(ref _watching);

    /// <summary>It ends.</summary>
    public void EndWatch() => Interlocked.Decrement(ref _watching);

    public void BeginDraining() => Volatile.Write(ref _draining, 1);

    /// <summary>
    /// Waits for a quiet time in which no request comes. A wait that ends late does not count: on a machine that is that busy, calls that
    /// were sent long ago may wait in the sockets, and a stopping server cuts them off.
    /// </summary>
    /// <param name="quiet">How long; repeated for up to 2 s in all, or waited for once when it is longer.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task BeQuietAsync(TimeSpan quiet, TimeProvider time, CancellationToken cancellation)
    {
        if (quiet == TimeSpan.Zero)
            return;
        var counted = quiet > Shortest ? quiet : Shortest;
        var left = Patience;
        do
        {
            var (late, start) = (Volatile.Read(ref _late), time.GetTimestamp());
            await Task.Delay(quiet, time, cancellation).ConfigureAwait(false);
            if (Volatile.Read(ref _late) == late && time.GetElapsedTime(start) < 2 * quiet)
                return;
            left -= counted;
        }
        while (left >= counted);
    }

    /// <summary>
    /// Separates the open requests from later ones. A wait for the first is not held up by callers that ignore the drain and go on calling.
    /// </summary>
    public Batch TakeOpen() => Interlocked.Exchange(ref _current, new Batch());

    /// <summary>Requests that were open at one time.</summary>
    internal sealed class Batch
    {
        private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _open;
        private int _isTaken;

        public int Open => Volatile.Read(ref _open);

        public void Enter() => Interlocked.Increment(ref _open);

        public void Leave()
        {
            if (Interlocked.Decrement(ref _open) == 0 && Volatile.Read(ref _isTaken) != 0)
                _none.TrySetResult();
        }

        /// <summary>Completes when none is open. Only for a batch to which nothing is added any more.</summary>
        public Task WhenNone()
        {
            Interlocked.Exchange(ref _isTaken, 1);
            if (Open == 0)
                _none.TrySetResult();
            return _none.Task;
        }
    }
}
