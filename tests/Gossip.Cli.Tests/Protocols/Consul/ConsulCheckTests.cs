using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Protocols.Consul.Model;

namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>When what a check finds counts, and what of it holds over a restart of the agent.</summary>
public sealed class ConsulCheckTests
{
    private readonly ManualTime _time = new();
    private int _changes;

    [Fact]
    public async Task An_answer_that_does_not_come_in_time_is_one_failure_of_as_many_as_count()
    {
        var never = new TaskCompletionSource<(string, string)>();
        var what = Http() with { Timeout = TimeSpan.FromSeconds(2), FailuresBeforeCritical = 3 };
        var answers = true;
        var check = new ConsulCheck(
            what, null, _ => answers ? new((CheckWords.Passing, "")) : new(never.Task), _time, _ => _changes++);
        // At the start one answer counts.
        Assert.Equal(CheckStatus.Pass, (await check.RunAsync(default)).Status);
        answers = false;
        for (var run = 1; run <= 3; run++)
        {
            Assert.Equal(CheckStatus.Pass, CheckWords.ToAgent(check.State.Status));
            var running = check.RunAsync(default).AsTask();
            _time.Advance(2.1);
            Assert.Equal(run < 3 ? CheckStatus.Pass : CheckStatus.Fail, (await running).Status);
        }

        Assert.Contains("deadline", check.State.Output, StringComparison.Ordinal);
        Assert.True(DefinitionTemplate.CheckOf(check).Timeout > what.Timeout, "the scheduler leaves the time to the check");
    }

    [Theory]
    [InlineData(29.0, "warning", CheckStatus.Warn)]
    [InlineData(31.0, "critical", CheckStatus.Unknown)]
    [InlineData(-1.0, "critical", CheckStatus.Unknown)]
    [InlineData(null, "critical", CheckStatus.Unknown)]
    internal async Task Over_a_restart_a_good_report_counts_and_else_one_is_awaited(double? age, string status, CheckStatus expected)
    {
        var first = Ttl();
        first.Resume(null);
        first.Take(CheckWords.Warning, "9,000 waiting");
        Assert.Equal(CheckStatus.Warn, (await first.RunAsync(default)).Status);
        var check = Ttl();
        check.Resume(age is { } seconds ? first.Kept! with { At = _time.GetUtcNow().AddSeconds(-seconds) } : null);
        Assert.Equal((status, expected), (check.State.Status, (await check.RunAsync(default)).Status));
        _time.Advance(30.1);
        Assert.Equal(("critical", CheckStatus.Fail), (check.State.Status, (await check.RunAsync(default)).Status));
        check.Take(CheckWords.Passing, "");
        Assert.Equal(("passing", CheckStatus.Pass), (check.State.Status, (await check.RunAsync(default)).Status));
    }

    [Fact]
    public async Task A_service_that_is_registered_now_is_not_awaited() =>
        Assert.Equal(CheckStatus.Fail, (await Ttl().RunAsync(default)).Status);

    [Fact]
    public void Nothing_is_kept_of_what_no_client_told() => Assert.Null(Ttl().Kept);

    [Fact]
    public void A_report_after_the_time_is_over_is_news_though_nobody_has_told_the_lapse_yet()
    {
        var check = Ttl();
        check.Take(CheckWords.Passing, "");
        _time.Advance(30.1);
        Assert.Equal("critical", check.State.Status);
        Assert.True(check.Take(CheckWords.Passing, ""));
        Assert.Equal("passing", check.State.Status);
        Assert.False(check.Take(CheckWords.Passing, "as before"));
        Assert.Equal(2, _changes);
    }

    private static CheckRegistration Http() => new() { CheckID = "c", Name = "c", Type = CheckType.Http };

    private ConsulCheck Ttl() => new(
        new() { CheckID = "c", Name = "c", Type = CheckType.Ttl, Ttl = TimeSpan.FromSeconds(30) }, null, null, _time, _ => _changes++);
}
