namespace Gossip.Tests;

/// <summary>
/// A clock that moves when the test says so; timers that fall due are run by whoever moves it. They take no more than the framework's do.
/// </summary>
internal sealed class ManualTime : TimeProvider
{
    /// <summary>The longest time that a timer of the framework takes: 2³² − 2 ms, which is 49 days.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1L);

    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private TimeSpan _now = TimeSpan.FromHours(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>How many timers have yet to ring.</summary>
    public int Timers
    {
        get
        {
            lock (_gate)
                return _timers.Count;
        }
    }

    public override long GetTimestamp()
    {
        lock (_gate)
            return _now.Ticks;
    }

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(50) + new TimeSpan(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(double seconds) => Advance(TimeSpan.FromSeconds(seconds));

    public void Advance(TimeSpan time)
    {
        TimeSpan end;
        lock (_gate)
            end = _now + time;
        while (TakeNext(end) is { } due)
            due.Run();
        lock (_gate)
            _now = end;
    }

    /// <summary>The next timer that falls due, with the clock moved to its moment.</summary>
    private Timer? TakeNext(TimeSpan end)
    {
        lock (_gate)
        {
            var next = _timers.MinBy(timer => timer.Due);
            if (next is null || next.Due > end)
                return null;
            _now = next.Due > _now ? next.Due : _now;
            if (next.Period > TimeSpan.Zero)
                next.Due = _now + next.Period;
            else
                _timers.Remove(next);
            return next;
        }
    }

    private sealed class Timer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan Due { get; set; }

        public TimeSpan Period { get; private set; }

        public void Run() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(dueTime, Longest);
            lock (time._gate)
            {
                time._timers.Remove(this);
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    Due = time._now + dueTime;
                    Period = period;
                    time._timers.Add(this);
                }
            }

            return true;
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
