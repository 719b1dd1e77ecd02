using System.Collections.Concurrent;

namespace Gossip.Cli.Protocols.Consul.Catalogs;

/// <summary>
/// Readers whose queries are blocked, each under the key of what it waits for, so that a change wakes those whom it concerns. A key is
/// there as long as somebody waits for it.
/// </summary>
/// <param name="most">So many may wait at a time.</param>
internal sealed class Waiters(int most)
{
    private readonly ConcurrentDictionary<string, Waiter> _all = new(StringComparer.OrdinalIgnoreCase);
    private int _count;
    private long _woken;

    /// <summary>How many wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>How many keys somebody waits for.</summary>
    public int Keys => _all.Count;

    /// <summary>How often one was woken by a change.</summary>
    public long Woken => Interlocked.Read(ref _woken);

    /// <summary>Waits until something holds, is asked again with each wake, or the time is over.</summary>
    /// <param name="key">What is waited for.</param>
    /// <param name="holds">Whether it is there; asked at once, and by whoever waits.</param>
    /// <param name="time">How long to wait.</param>
    /// <param name="clock">Its clock.</param>
    /// <param name="cancellation">Nobody waits any more.</param>
    /// <returns>False where as many wait as may.</returns>
    public async ValueTask<bool> WaitAsync(
        string key, Func<bool> holds, TimeSpan time, TimeProvider clock, CancellationToken cancellation)
    {
        if (holds())
            return true;
        if (Interlocked.Increment(ref _count) > most)
        {
            Interlocked.Decrement(ref _count);
            return false;
        }

        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            var over = Task.Delay(time, clock, ends.Token);
            while (!over.IsCompleted)
            {
                // The signal is taken before the look, so that no change between the two is missed.
                var (waiter, signal) = Enter(key);
                try
                {
                    if (holds())
                        break;
                    if (await Task.WhenAny(signal, over).ConfigureAwait(false) == signal)
                        Interlocked.Increment(ref _woken);
                }
                finally
                {
                    Leave(key, waiter);
                }
            }

            return true;
        }
        finally
        {
            await ends.CancelAsync().ConfigureAwait(false);
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>Wakes those who wait for a key.</summary>
    public void Wake(string key)
    {
        if (_all.TryGetValue(key, out var waiter))
            waiter.Wake();
    }

    private (Waiter Waiter, Task Signal) Enter(string key)
    {
        while (true)
        {
            var waiter = _all.GetOrAdd(key, _ => new Waiter());
            waiter.Enter();
            // Before it is known to be there still: whoever takes it away later gives this signal.
            var signal = waiter.Signal;
            if (_all.TryGetValue(key, out var same) && ReferenceEquals(same, waiter))
                return (waiter, signal);
            waiter.Leave();
        }
    }

    /// <summary>Whoever came in while the last one left waits for a key that is gone: it is woken, and comes again.</summary>
    private void Leave(string key, Waiter waiter)
    {
        if (waiter.Leave() == 0 && _all.TryRemove(KeyValuePair.Create(key, waiter)))
            waiter.Wake();
    }

    /// <summary>Those who wait for one key.</summary>
    private sealed class Waiter
    {
        private TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public Task Signal => Volatile.Read(ref _signal).Task;

        public void Enter() => Interlocked.Increment(ref _count);

        public int Leave() => Interlocked.Decrement(ref _count);

        public void Wake() =>
            Interlocked.Exchange(ref _signal, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
