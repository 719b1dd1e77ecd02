using Gossip.Hosting;
using Gossip.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.Tests.Hosting;

/// <summary>What happens between the wish to stop and the goodbye.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task All_know_of_the_drain_before_the_node_leaves_and_the_log_says_so()
    {
        await using var cluster = new TestCluster();
        var watchers = await cluster.StartAsync("x", "y");
        var host = await cluster.StartOneAsync("a", Service);
        foreach (var watcher in watchers)
            await watcher.Discovery.WaitForAsync("app", 1, Eventually.Patience());
        var before = new Seen(watchers);

        await host.StopAsync();

        Assert.Equal(["x: Draining, the process stops", "y: Draining, the process stops"], await before.ToldAsync());
        Assert.Contains(host.Log.Entries, entry => entry.Text.StartsWith("2/2 peers acknowledged the drain in ", StringComparison.Ordinal));
        await watchers[0].SeesStateAsync("a", MemberState.Left);
    }

    [Fact]
    public async Task Whoever_learns_of_an_instance_hears_of_its_drain_however_soon_after_the_start_the_stop_comes()
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("x");
        for (var i = 0; i < 10; i++)
        {
            var name = $"a{i}";
            var host = await cluster.StartOneAsync(name, Service);
            await host.StopAsync();
            var events = (await watcher.ReportAsync()).Events;
            var hasLearned = events.Any(one => one.Name == name && one.Kind == ClusterEventKind.ServicesChanged);
            var hasTold = host.Log.Entries.Any(entry => entry.Text.Contains("peers acknowledged the drain", StringComparison.Ordinal));
            Assert.True(hasTold || !hasLearned, $"{name} drained: {hasTold}; x knew its instance: {hasLearned}");
        }
    }

    [Fact]
    public async Task A_node_that_knows_no_other_waits_for_nothing()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a", Slow(TimeSpan.FromMinutes(10)));
        host.Services.GetRequiredService<OpenRequests>().Begin();
        await host.StopAsync().WaitAsync(Eventually.Deadline);
        Assert.DoesNotContain(host.Log.Entries, entry => entry.Text.Contains("drain", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_peer_that_is_only_suspect_may_call_still_and_is_told_too()
    {
        await using var cluster = new TestCluster();
        var peer = await cluster.StartOneAsync("x");
        var host = await cluster.StartOneAsync("a", Service);
        await host.SeesLiveAsync("a", "x");
        await peer.CrashAsync();
        await host.SeesStateAsync("x", MemberState.Suspect);
        await host.StopAsync();
        Assert.True(host.Services.GetRequiredService<OpenRequests>().IsDraining);
    }

    [Fact]
    public async Task A_process_that_only_looks_on_waits_for_nothing()
    {
        await using var cluster = new TestCluster();
        await cluster.StartOneAsync("x");
        var host = await cluster.StartOneAsync("a", options => options.Drain.QuietPeriod = TimeSpan.FromMinutes(10));
        await host.SeesLiveAsync("a", "x");
        await host.StopAsync().WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task Open_requests_end_before_the_goodbye_and_later_ones_are_left_to_the_server()
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("x");
        var host = await cluster.StartOneAsync("a", Service);
        await watcher.Discovery.WaitForAsync("app", 1, Eventually.Patience());
        await host.SeesLiveAsync("a", "x");
        var requests = host.Services.GetRequiredService<OpenRequests>();
        var open = requests.Begin();

        var stopping = host.StopAsync();
        await watcher.SeesAsync(snapshot => snapshot.GetAllInstances("app") is [{ State: ServiceState.Draining }], "app as draining");
        await Eventually.HoldsAsync(() => requests.Count == 0, "those that are open were set apart");
        requests.Begin();
        Assert.Equal(MemberState.Alive, watcher.Discovery.Current.Members.Single(member => member.Name == "a").State);
        Assert.False(stopping.IsCompleted);

        open.Leave();
        await stopping;
        await watcher.SeesStateAsync("a", MemberState.Left);
    }

    [Fact]
    public async Task A_request_that_does_not_end_holds_up_the_stop_no_longer_than_it_may()
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("x");
        var host = await cluster.StartOneAsync("a", Slow(TimeSpan.FromMilliseconds(50)));
        await host.SeesLiveAsync("a", "x");
        await watcher.Discovery.WaitForAsync("app", 1, Eventually.Patience());
        host.Services.GetRequiredService<OpenRequests>().Begin();
        await host.StopAsync();
        Assert.Contains(host.Log.Warnings, text => text.StartsWith("1 of 1 requests did not end within Gossip:Drain:RequestTimeout (00:00:00.0500000)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_hosts_patience_ends_the_drain_but_not_the_goodbye()
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("x");
        var host = await cluster.StartOneAsync("a", Slow(TimeSpan.FromMinutes(10)));
        await host.SeesLiveAsync("a", "x");
        host.Services.GetRequiredService<OpenRequests>().Begin();
        await host.Services.GetRequiredService<GossipLifecycle>().StoppingAsync(new CancellationToken(canceled: true));
        await watcher.SeesStateAsync("a", MemberState.Left);
        Assert.Contains(host.Log.Warnings, text => text.Contains("shutdown timeout ended the drain, with 1 requests open", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Those_that_are_taken_end_without_those_that_come_later()
    {
        var requests = new OpenRequests();
        var (first, second) = (requests.Begin(), requests.Begin());
        var taken = requests.TakeOpen();
        requests.Begin();
        var none = taken.WhenNone();
        first.Leave();
        Assert.False(none.IsCompleted);
        second.Leave();
        await none.WaitAsync(Eventually.Deadline);
        Assert.Equal(1, requests.Count);
        await new OpenRequests().TakeOpen().WhenNone().WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task It_is_quiet_when_none_has_called_for_the_time()
    {
        var (requests, time) = (new OpenRequests(), new ManualTime());
        requests.BeginDraining();
        var quiet = requests.BeQuietAsync(TimeSpan.FromSeconds(0.2), time, CancellationToken.None);
        for (var calls = 0; calls < 5; calls++)
        {
            requests.Begin();
            time.Advance(0.2);
            await Eventually.HoldsAsync(() => time.Timers == 1, "it waits again");
        }

        time.Advance(0.2);
        await quiet.WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task Callers_that_go_on_for_ever_do_not_hold_up_the_stop_for_ever()
    {
        var (requests, time) = (new OpenRequests(), new ManualTime());
        requests.BeginDraining();
        var quiet = requests.BeQuietAsync(TimeSpan.FromSeconds(0.2), time, CancellationToken.None);
        var waits = 0;
        for (; !quiet.IsCompleted; waits++)
        {
            requests.Begin();
            time.Advance(0.2);
            await Eventually.HoldsAsync(() => quiet.IsCompleted || time.Timers == 1, "it waits again, or ends");
        }

        Assert.Equal(10, waits);
        var once = requests.BeQuietAsync(TimeSpan.FromMinutes(1), time, CancellationToken.None);
        requests.Begin();
        time.Advance(60);
        await once.WaitAsync(Eventually.Deadline);
        await requests.BeQuietAsync(TimeSpan.Zero, time, CancellationToken.None).WaitAsync(Eventually.Deadline);
    }

    [Fact]
    public async Task A_machine_so_busy_that_a_wait_ends_late_is_not_quiet()
    {
        var (requests, time) = (new OpenRequests(), new ManualTime());
        var late = new LateTime(time);
        var quiet = requests.BeQuietAsync(TimeSpan.FromSeconds(0.2), late, CancellationToken.None);
        late.By = TimeSpan.FromSeconds(0.3);
        time.Advance(0.2);
        await Eventually.HoldsAsync(() => time.Timers == 1, "it waits again");
        Assert.False(quiet.IsCompleted);
        time.Advance(0.2);
        await quiet.WaitAsync(Eventually.Deadline);
    }

    private static void Service(GossipOptions options)
    {
        options.Service.Endpoints = ["http://*:1"];
        options.Drain.QuietPeriod = TimeSpan.Zero;
        options.Drain.RequestTimeout = Eventually.Deadline;
    }

    private static Action<GossipOptions> Slow(TimeSpan requestTimeout) => options =>
    {
        Service(options);
        options.Drain.RequestTimeout = requestTimeout;
    };

    /// <summary>The clock of a machine whose timers ring late.</summary>
    private sealed class LateTime(ManualTime time) : TimeProvider
    {
        public TimeSpan By { get; set; }

        public override long TimestampFrequency => time.TimestampFrequency;

        public override long GetTimestamp() => time.GetTimestamp() + By.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime, period);
    }

    /// <summary>How the watchers saw the instance before they saw it no more.</summary>
    private sealed class Seen
    {
        private readonly Task<string>[] _watches;

        public Seen(IEnumerable<TestHost> watchers) => _watches = [.. watchers.Select(WatchAsync)];

        public Task<string[]> ToldAsync() => Task.WhenAll(_watches);

        private static async Task<string> WatchAsync(TestHost watcher)
        {
            var last = "";
            await foreach (var snapshot in watcher.Discovery.WatchAsync(Eventually.Patience()))
            {
                if (snapshot.GetAllInstances("app") is not [var instance])
                    break;
                last = $"{watcher.Identity.Name}: {instance.State}, {instance.Reason}";
            }

            return last;
        }
    }
}
