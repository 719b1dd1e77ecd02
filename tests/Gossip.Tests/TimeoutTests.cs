using Gossip.Configuration;
using Gossip.Tests.Discovery;

namespace Gossip.Tests;

/// <summary>Every public timeout takes any span. What takes longer than the framework's timers run is waited for in turns.</summary>
public sealed class TimeoutTests : IDisposable
{
    private static readonly TimeSpan SixtyDays = TimeSpan.FromDays(60);

    private readonly TestRegistry _registry = new();

    public static TheoryData<TimeSpan> Long => [SixtyDays, TimeSpan.MaxValue, Timeout.InfiniteTimeSpan];

    public static TheoryData<string, Action<GossipOptions, TimeSpan>> Options => new()
    {
        { "SyncTimeout", (options, time) => options.SyncTimeout = time },
        { "DependenciesTimeout", (options, time) => options.DependenciesTimeout = time },
        { "Health:Timeout", (options, time) => options.Health.Timeout = time },
        { "Drain:ProofTimeout", (options, time) => options.Drain.ProofTimeout = time },
        { "Drain:RequestTimeout", (options, time) => options.Drain.RequestTimeout = time },
    };

    [Theory]
    [MemberData(nameof(Long))]
    public async Task A_wait_may_take_as_long_as_anybody_likes(TimeSpan timeout)
    {
        var byName = _registry.Discovery.WaitForAsync("shop", 1, timeout, Eventually.Patience()).AsTask();
        var byView = _registry.Discovery.Open(new ServiceQuery("shop")).WaitForAsync(1, timeout, Eventually.Patience()).AsTask();
        _registry.Publish("a");
        Assert.Single(await byName);
        Assert.Single(await byView);
    }

    [Fact]
    public async Task A_wait_that_is_longer_than_timers_run_ends_when_its_time_is_over_and_not_before()
    {
        var wait = _registry.Discovery.WaitForAsync("shop", 1, SixtyDays, Eventually.Patience()).AsTask();
        _registry.Time.Advance(Timeouts.LongestTimer);
        await Eventually.HoldsAsync(() => _registry.Time.Timers == 1, "it waits for its second turn");
        Assert.False(wait.IsCompleted);
        _registry.Time.Advance(Timeouts.LongestTimer);
        var error = await Assert.ThrowsAsync<NoInstancesException>(() => wait);
        Assert.Contains("within 86400 min", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_of_no_time_looks_once()
    {
        await Assert.ThrowsAsync<NoInstancesException>(async () => await _registry.Discovery.WaitForAsync("shop", 1, TimeSpan.Zero));
        _registry.Publish("a");
        Assert.Single(await _registry.Discovery.WaitForAsync("shop", 1, TimeSpan.Zero));
    }

    [Fact]
    public async Task A_negative_wait_is_a_mistake_whether_there_is_something_to_wait_for_or_not()
    {
        _registry.Publish("a");
        foreach (var atLeast in new[] { 1, 2 })
        {
            var error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
                async () => await _registry.Discovery.WaitForAsync("shop", atLeast, TimeSpan.FromSeconds(-5), Eventually.Patience()));
            Assert.Equal("timeout", error.ParamName);
        }
    }

    [Theory]
    [MemberData(nameof(Long))]
    public void The_last_known_instances_may_stand_in_for_as_long_as_anybody_likes(TimeSpan time)
    {
        _registry.Publish("a");
        var view = _registry.Discovery.Open(new ServiceQuery("shop") { WhenEmpty = WhenEmpty.LastKnown(time) });
        Assert.Single(view.Instances);
        _registry.Remove("a");
        _registry.Time.Advance(TimeSpan.FromDays(59));
        Assert.Single(view.Instances);
    }

    [Fact]
    public async Task Who_watches_is_told_when_a_time_that_is_longer_than_timers_run_is_over()
    {
        _registry.Publish("a");
        var view = _registry.Discovery.Open(new ServiceQuery("shop") { WhenEmpty = WhenEmpty.LastKnown(SixtyDays) });
        await using var watch = view.WatchAsync(Eventually.Patience()).GetAsyncEnumerator();
        Assert.True(await watch.MoveNextAsync());
        var next = watch.MoveNextAsync().AsTask();
        _registry.Remove("a");
        await Eventually.HoldsAsync(() => _registry.Time.Timers == 1, "it has seen that none is left");

        _registry.Time.Advance(Timeouts.LongestTimer + TimeSpan.FromDays(1));
        await Eventually.HoldsAsync(() => _registry.Time.Timers == 1, "it waits for its second turn");
        Assert.False(next.IsCompleted);
        _registry.Time.Advance(Timeouts.LongestTimer);

        Assert.True(await next.WaitAsync(Eventually.Deadline));
        Assert.Empty(watch.Current);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public void An_option_that_is_a_timeout_takes_any_span_but_a_negative_one(string key, Action<GossipOptions, TimeSpan> set)
    {
        foreach (var time in new[] { TimeSpan.FromMilliseconds(10), SixtyDays, TimeSpan.MaxValue, Timeout.InfiniteTimeSpan })
        {
            var options = new GossipOptions();
            set(options, time);
            Assert.True(new OptionsValidator().Validate(null, options).Succeeded, $"{key} = {time}");
        }

        var wrong = new GossipOptions();
        set(wrong, TimeSpan.FromSeconds(-5));
        var failure = Assert.Single(new OptionsValidator().Validate(null, wrong).Failures!);
        Assert.StartsWith($"Gossip:{key} is '-00:00:05'; it must be 00:00:00", failure, StringComparison.Ordinal);
        Assert.EndsWith("or longer, or -00:00:00.0010000 for no end.", failure, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Long))]
    public async Task A_start_and_a_stop_may_wait_for_as_long_as_it_takes(TimeSpan time)
    {
        await using var cluster = new TestCluster();
        var other = await cluster.StartOneAsync("other");
        await other.Registrar.RegisterAsync(TestCluster.Payments());
        var host = await cluster.StartOneAsync("a", options =>
        {
            options.Service.DependsOn = ["payments"];
            options.Service.Endpoints = ["http://127.0.0.1:5002"];
            (options.SyncTimeout, options.DependenciesTimeout) = (time, time);
            (options.Drain.ProofTimeout, options.Drain.RequestTimeout) = (time, time);
        });
        await other.SeesAsync(snapshot => snapshot.GetInstances("app").Count == 1, "app");
        await host.StopAsync();
        Assert.Contains(host.Log.Entries, entry => entry.Text.StartsWith("1/1 peers acknowledged the drain in ", StringComparison.Ordinal));
    }

    public void Dispose() => _registry.Dispose();
}
