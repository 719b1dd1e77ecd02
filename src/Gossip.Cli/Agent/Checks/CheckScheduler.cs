using System.Globalization;
using Gossip.Diagnostics;

namespace Gossip.Cli.Agent.Checks;

/// <summary>
/// Runs thousands of checks with one timer. Those that are due wait in the order in which they fell due, so that under overload all run
/// more seldom and none starves; a check never runs twice at a time, and runs that were missed are not made up for.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="random">Spreads the runs; only used within the mailbox.</param>
/// <param name="mostAtOnce">So many run at a time.</param>
/// <param name="changed">Called when what counts of a check is another than before.</param>
internal sealed class CheckScheduler(TimeProvider time, Random random, int mostAtOnce, Action changed) : IAsyncDisposable
{
    private readonly Mailbox _mailbox = new();
    private readonly SortedSet<ScheduledCheck> _queue = new(Comparer<ScheduledCheck>.Create(ByTurn));
    private readonly HashSet<ScheduledCheck> _running = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ITimer? _timer;
    private bool _isStopping;
    private long _armedFor = long.MaxValue;
    private long _turns;

    /// <summary>How many runs have ended.</summary>
    public long Runs { get; private set; }

    /// <summary>How many checks wait for their turn, each once.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Adds a check, which runs at once as soon as there is room.</summary>
    public void Add(ScheduledCheck check) => _mailbox.Post(() =>
    {
        if (_isStopping)
            return;
        Enqueue(check, time.GetTimestamp());
        Turn();
    });

    /// <summary>Removes a check, and ends its run.</summary>
    public void Remove(ScheduledCheck check) => _mailbox.Post(() =>
    {
        check.IsRemoved = true;
        _queue.Remove(check);
        check.Running?.Cancel();
    });

    /// <summary>Runs a check now instead of when it is due.</summary>
    public void RunNow(ScheduledCheck check) => _mailbox.Post(() =>
    {
        if (check.IsRemoved || _isStopping)
            return;
        if (check.IsRunning)
            check.RunsAgain = true;
        else
            Enqueue(check, time.GetTimestamp());
        Turn();
    });

    /// <summary>Ends all runs, and waits until they have ended.</summary>
    public async ValueTask DisposeAsync()
    {
        _mailbox.Post(() =>
        {
            _isStopping = true;
            _queue.Clear();
            _timer?.Dispose();
            foreach (var check in _running)
                check.Running?.Cancel();
            if (_running.Count == 0)
                _ended.TrySetResult();
        });
        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>One that is asked for early gives up the turn that it had.</summary>
    private void Enqueue(ScheduledCheck check, long due)
    {
        _queue.Remove(check);
        (check.Due, check.Turn) = (due, ++_turns);
        _queue.Add(check);
    }

    private static int ByTurn(ScheduledCheck one, ScheduledCheck other) =>
        one.Due != other.Due ? one.Due.CompareTo(other.Due) : one.Turn.CompareTo(other.Turn);

    private void Turn()
    {
        var now = time.GetTimestamp();
        while (_running.Count < mostAtOnce && _queue.Min is { } check && check.Due <= now)
        {
            _queue.Remove(check);
            Start(check, now);
        }

        if (_running.Count < mostAtOnce && _queue.Min is { } next)
            Arm(next.Due, now);
    }

    private void Arm(long due, long now)
    {
        if (_armedFor <= due && _armedFor > now)
            return;
        _armedFor = due;
        _timer ??= time.CreateTimer(_ => _mailbox.Post(Ring), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // A timer of the framework counts whole milliseconds, and one that rings early would ring again and again.
        var wait = TimeSpan.FromMilliseconds(Math.Ceiling(time.GetElapsedTime(now, due).TotalMilliseconds));
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void Ring()
    {
        _armedFor = long.MaxValue;
        if (!_isStopping)
            Turn();
    }

    private void Start(ScheduledCheck check, long now)
    {
        check.IsRunning = true;
        check.RunsAgain = false;
        check.Running = new CancellationTokenSource(check.Definition.Timeout, time);
        _running.Add(check);
        _ = RunAsync(check, now, check.Running.Token);
    }

    private async Task RunAsync(ScheduledCheck check, long startedAt, CancellationToken cancellation)
    {
        CheckResult result;
        try
        {
            var run = check.Check.RunAsync(cancellation);
            // A check that does not heed its end must not hold its place.
            result = run.IsCompletedSuccessfully ? run.Result : await run.AsTask().WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            result = new(CheckStatus.Fail, $"no result within {PlainText.Of(check.Definition.Timeout)}, its timeout");
        }
        catch (Exception error)
        {
            result = new(CheckStatus.Fail, string.Create(CultureInfo.InvariantCulture, $"{error.GetType().Name}: {error.Message}"));
        }

        _mailbox.Post(() => End(check, startedAt, result));
    }

    private void End(ScheduledCheck check, long startedAt, CheckResult result)
    {
        check.IsRunning = false;
        check.Running?.Dispose();
        check.Running = null;
        _running.Remove(check);
        Runs++;
        if (_isStopping)
        {
            if (_running.Count == 0)
                _ended.TrySetResult();
            return;
        }

        if (!check.IsRemoved)
        {
            var now = time.GetTimestamp();
            var next = startedAt + NextAfter(check.Definition.Interval, check.Definition.Jitter);
            Enqueue(check, check.RunsAgain ? now : Math.Max(now, next));
            if (check.Apply(result, time.GetUtcNow()))
                changed();
        }

        Turn();
    }

    /// <summary>Ticks of the clock until the next run.</summary>
    private long NextAfter(TimeSpan interval, double jitter) =>
        (long)(interval.TotalSeconds * (1 + (jitter * (random.NextDouble() - 0.5) * 2)) * time.TimestampFrequency);
}
