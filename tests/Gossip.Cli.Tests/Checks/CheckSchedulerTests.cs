using Gossip.Cli.Agent.Checks;

namespace Gossip.Cli.Tests.Checks;

public sealed class CheckSchedulerTests
{
    private readonly ManualTime _time = new();
    private int _changes;
    private int _begun;

    [Fact]
    public void A_check_runs_at_once_and_then_at_its_interval()
    {
        var scheduler = Open();
        var check = FakeCheck.That(() => CheckStatus.Pass);
        scheduler.Add(new ScheduledCheck(FakeCheck.Every(10), check));

        Assert.Equal(1, check.Runs);
        _time.Advance(9.999);
        Assert.Equal(1, check.Runs);
        _time.Advance(0.001);
        Assert.Equal(2, check.Runs);
        _time.Advance(100);
        Assert.Equal(12, check.Runs);
        Assert.Equal(1, _changes);
    }

    [Fact]
    public void Thousands_of_checks_take_one_timer_and_spread_out()
    {
        var scheduler = Open();
        var perSecond = new SortedDictionary<long, int>();
        var checks = Enumerable.Range(0, 5_000).Select(_ => new FakeCheck(_ =>
        {
            var second = _time.GetTimestamp() / TimeSpan.TicksPerSecond;
            perSecond[second] = perSecond.GetValueOrDefault(second) + 1;
            return ValueTask.FromResult(new CheckResult(CheckStatus.Pass, ""));
        })).ToList();
        foreach (var check in checks)
            scheduler.Add(new ScheduledCheck(FakeCheck.Every(10, jitter: 0.5), check));

        var start = _time.GetTimestamp() / TimeSpan.TicksPerSecond;
        _time.Advance(120);

        Assert.Equal(1, _time.Timers);
        Assert.All(checks, check => Assert.InRange(check.Runs, 1 + (120 / 15), 1 + (120 / 5)));
        // All began in one second; a minute later no second has twice its share.
        Assert.Equal(5_000, perSecond[start]);
        Assert.All(perSecond.Where(second => second.Key > start + 60 && second.Key < start + 120), second => Assert.InRange(second.Value, 250, 1_000));
    }

    [Fact]
    public void A_run_that_takes_too_long_is_a_failure_and_gives_its_place_up()
    {
        var scheduler = Open(mostAtOnce: 1);
        var never = new ScheduledCheck(FakeCheck.Every(1_000, timeout: 2), new FakeCheck(_ => new(new TaskCompletionSource<CheckResult>().Task)));
        var next = new ScheduledCheck(FakeCheck.Every(1_000), FakeCheck.That(() => CheckStatus.Pass));
        scheduler.Add(never);
        scheduler.Add(next);

        _time.Advance(1.9);
        Assert.Equal((CheckStatus.Unknown, CheckStatus.Unknown), (never.Report.Status, next.Report.Status));
        _time.Advance(0.2);
        SpinWait.SpinUntil(() => next.Report.Status == CheckStatus.Pass, Eventually.Deadline);
        Assert.Equal((CheckStatus.Fail, CheckStatus.Pass), (never.Report.Status, next.Report.Status));
        Assert.Contains("2.0 s, its timeout", never.Report.Last.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Under_overload_all_run_more_seldom_and_none_starves()
    {
        // Each run takes a second, two run at a time, and twenty are due every second: a tenth of what they ask for.
        var scheduler = Open(mostAtOnce: 2);
        var checks = Enumerable.Range(0, 20).Select(_ => new FakeCheck(_ => AfterASecond())).ToList();
        foreach (var check in checks)
            scheduler.Add(new ScheduledCheck(FakeCheck.Every(1), check));

        for (var second = 0; second < 100; second++)
        {
            var ended = scheduler.Runs + 2;
            _time.Advance(1);
            SpinWait.SpinUntil(() => scheduler.Runs == ended && Volatile.Read(ref _begun) == ended + 2, Eventually.Deadline);
        }

        Assert.Equal(200, scheduler.Runs);
        Assert.All(checks, check => Assert.InRange(check.Runs, 10, 11));
    }

    [Fact]
    public void What_was_missed_is_not_made_up_for()
    {
        var scheduler = Open(mostAtOnce: 1);
        var slow = new FakeCheck(_ => After(30));
        var quick = FakeCheck.That(() => CheckStatus.Pass);
        scheduler.Add(new ScheduledCheck(FakeCheck.Every(1_000, timeout: 60), slow));
        scheduler.Add(new ScheduledCheck(FakeCheck.Every(1), quick));

        _time.Advance(30);
        // Both have ended, and the timer is set for what comes next.
        SpinWait.SpinUntil(() => scheduler.Runs == 2 && _time.Timers == 1, Eventually.Deadline);
        Assert.Equal(1, quick.Runs);
        _time.Advance(1);
        SpinWait.SpinUntil(() => quick.Runs == 2, Eventually.Deadline);
        Assert.Equal(2, quick.Runs);
    }

    [Fact]
    public void A_check_that_is_removed_is_ended_and_runs_no_more()
    {
        var scheduler = Open();
        CancellationToken seen = default;
        var ended = new TaskCompletionSource<CheckResult>();
        var check = new FakeCheck(cancellation =>
        {
            seen = cancellation;
            return new(ended.Task);
        });
        var scheduled = new ScheduledCheck(FakeCheck.Every(1), check);
        scheduler.Add(scheduled);

        scheduler.Remove(scheduled);
        Assert.True(seen.IsCancellationRequested);
        ended.SetResult(new(CheckStatus.Pass, ""));
        _time.Advance(60);
        Assert.Equal((1, CheckStatus.Unknown, 0), (check.Runs, scheduled.Report.Status, _changes));
    }

    [Fact]
    public void What_was_removed_or_was_asked_for_early_leaves_nothing_in_the_queue()
    {
        var scheduler = Open();
        var stays = new ScheduledCheck(FakeCheck.Every(86_400), FakeCheck.That(() => CheckStatus.Pass));
        scheduler.Add(stays);
        for (var i = 0; i < 1_000; i++)
        {
            var comes = new ScheduledCheck(FakeCheck.Every(86_400), FakeCheck.That(() => CheckStatus.Pass));
            scheduler.Add(comes);
            scheduler.Remove(comes);
            scheduler.RunNow(stays);
        }

        Assert.Equal((1, 2_001), (scheduler.Waiting, scheduler.Runs));
        _time.Advance(86_400);
        Assert.Equal((1, 2_002), (scheduler.Waiting, scheduler.Runs));
    }

    [Fact]
    public void A_check_that_is_asked_for_runs_now_and_after_that_at_its_interval()
    {
        var scheduler = Open();
        var check = FakeCheck.That(() => CheckStatus.Pass);
        var scheduled = new ScheduledCheck(FakeCheck.Every(10), check);
        scheduler.Add(scheduled);
        _time.Advance(9);
        scheduler.RunNow(scheduled);
        Assert.Equal(2, check.Runs);
        _time.Advance(9);
        Assert.Equal(2, check.Runs);
        _time.Advance(1);
        Assert.Equal(3, check.Runs);
    }

    [Fact]
    public async Task The_end_waits_for_what_runs_and_has_it_end()
    {
        var scheduler = Open();
        var cleaned = false;
        scheduler.Add(new ScheduledCheck(FakeCheck.Every(1), new FakeCheck(async cancellation =>
        {
            var ended = new TaskCompletionSource();
            await using var registration = cancellation.Register(ended.SetResult);
            await ended.Task;
            cleaned = true;
            return new(CheckStatus.Pass, "");
        })));
        await scheduler.DisposeAsync();
        await Eventually.HoldsAsync(() => cleaned, "the run has ended");
        _time.Advance(60);
        Assert.Equal(1, scheduler.Runs);
    }

    [Fact]
    public void What_a_check_throws_is_a_failure_with_its_message()
    {
        var scheduler = Open();
        var scheduled = new ScheduledCheck(FakeCheck.Every(1), new FakeCheck(_ => throw new NotSupportedException("no such thing")));
        scheduler.Add(scheduled);
        SpinWait.SpinUntil(() => scheduled.Report.Status == CheckStatus.Fail, Eventually.Deadline);
        Assert.Equal("NotSupportedException: no such thing", scheduled.Report.Because);
    }

    private ValueTask<CheckResult> AfterASecond() => After(1);

    private ValueTask<CheckResult> After(double seconds)
    {
        var done = new TaskCompletionSource<CheckResult>();
        _time.CreateTimer(_ => done.TrySetResult(new(CheckStatus.Pass, "")), null, TimeSpan.FromSeconds(seconds), Timeout.InfiniteTimeSpan);
        // From now on the clock may move: the end of this run is set.
        Interlocked.Increment(ref _begun);
        return new(done.Task);
    }

    private CheckScheduler Open(int mostAtOnce = 32) => new(_time, new Random(7), mostAtOnce, () => _changes++);
}
