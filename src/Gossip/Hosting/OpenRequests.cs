namespace Gossip.Hosting;

/// <summary>
/// Counts the requests that the process's server works on: who drains waits for them, and who reports load tells of them.
/// </summary>
internal sealed class OpenRequests
{
    /// <summary>For how long all quiet times together are waited for, where callers do not listen and go on calling.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>A shorter quiet time counts as this: what is waited for in between takes its time too.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(20);

    private Batch _current = new();
    private int _draining;
    private int _late;

    /// <summary>How many there are.</summary>
    public int Count => Volatile.Read(ref _current).Open;

    /// <summary>Whether the process asks callers to go elsewhere.</summary>
    public bool IsDraining => Volatile.Read(ref _draining) != 0;

    /// <summary>A request has come. When it has ended, tell the batch that is returned.</summary>
    public Batch Begin()
    {
        var batch = Volatile.Read(ref _current);
        batch.Enter();
        if (IsDraining)
            Interlocked.Increment(ref _late);
        return batch;
    }

    public void BeginDraining() => Volatile.Write(ref _draining, 1);

    /// <summary>
    /// Waits for a quiet time in which no request comes. One that ends late tells nothing: on a machine that is that busy, calls that were
    /// sent long ago may wait in the sockets, and a server that stops cuts them off.
    /// </summary>
    /// <param name="quiet">How long; it is waited for again and again, for no longer than 2 s of such times, or once when it is
    /// longer.</param>
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
    /// Parts those that are open from those that come later. Who waits for the first is not held up by callers that do not listen and
    /// go on calling for ever.
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

        /// <summary>Ends when none is open. Only for a batch that nothing is added to any more.</summary>
        public Task WhenNone()
        {
            Interlocked.Exchange(ref _isTaken, 1);
            if (Open == 0)
                _none.TrySetResult();
            return _none.Task;
        }
    }
}
