using Gossip.Protocol;

namespace Gossip.Hosting;

/// <summary>
/// Measures how busy this process is: open requests, how long a work item waits for a thread of the pool, and the share of the processors.
/// The node's loop reads it on a thread of its own, so a process whose pool is exhausted still reports that, when it matters most.
/// </summary>
internal sealed class LoadMeter(OpenRequests requests, TimeProvider time) : IThreadPoolWorkItem
{
    /// <summary>A thread takes this long to wake up on a busy machine. Without this threshold, idle processes would report noise.</summary>
    private static readonly TimeSpan LeastDelay = TimeSpan.FromMilliseconds(5);

    private long _queuedAt;
    private int _isQueued;
    private long _delay;
    private long _cpuAt;
    private TimeSpan _cpu;

    /// <summary>Puts a work item into the pool's queue.</summary>
    internal Action<IThreadPoolWorkItem> Queue { get; init; } = item => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);

    /// <summary>The processor time of the process.</summary>
    internal Func<TimeSpan> Cpu { get; init; } = () => Environment.CpuUsage.TotalTime;

    /// <summary>Whether, at the last reading, the work item of the one before still waited for a thread.</summary>
    public bool IsPoolLate { get; private set; }

    /// <summary>Called about once a second, by one thread at a time. Does not wait.</summary>
    public Load Read()
    {
        var delay = QueueDelay();
        return new Load(requests.Count, delay < LeastDelay ? 0 : (int)Math.Min(delay.TotalMilliseconds, int.MaxValue), CpuPercent());
    }

    void IThreadPoolWorkItem.Execute()
    {
        Interlocked.Exchange(ref _delay, time.GetElapsedTime(Interlocked.Read(ref _queuedAt)).Ticks);
        Volatile.Write(ref _isQueued, 0);
    }

    /// <summary>How long the last work item waited, or the one that still waits has waited so far.</summary>
    private TimeSpan QueueDelay()
    {
        IsPoolLate = Volatile.Read(ref _isQueued) != 0;
        if (IsPoolLate)
            return time.GetElapsedTime(Interlocked.Read(ref _queuedAt));
        var delay = TimeSpan.FromTicks(Interlocked.Read(ref _delay));
        Interlocked.Exchange(ref _queuedAt, time.GetTimestamp());
        Volatile.Write(ref _isQueued, 1);
        Queue(this);
        return delay;
    }

    private int CpuPercent()
    {
        var (now, cpu) = (time.GetTimestamp(), Cpu());
        var elapsed = time.GetElapsedTime(_cpuAt, now);
        var percent = _cpuAt == 0 || elapsed <= TimeSpan.Zero ? 0 : 100 * (cpu - _cpu) / (elapsed * Environment.ProcessorCount);
        (_cpuAt, _cpu) = (now, cpu);
        return (int)percent;
    }
}
