using Gossip.Hosting;
using Gossip.Snapshots;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Hosting;

/// <summary>
/// An application whose tests hold its clock still, or whose machine's clock is wrong: the others live in real time, and so must what waits
/// for them.
/// </summary>
public sealed class FrozenClockTests
{
    private readonly ManualTime _frozen = new();

    [Fact]
    public async Task A_start_that_waits_for_the_cluster_ends_when_its_time_is_over()
    {
        await using var cluster = new TestCluster();
        var host = await StartAsync(cluster, "a", options => options.SyncTimeout = TimeSpan.FromMilliseconds(200));
        Assert.Contains(host.Log.Warnings, text => text.Contains("starts alone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stop_proves_its_drain_has_its_quiet_and_ends()
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("x");
        var host = await StartAsync(cluster, "a", options =>
        {
            options.Service.Endpoints = ["http://*:1"];
            options.Drain.QuietPeriod = TimeSpan.FromMilliseconds(10);
            options.Drain.RequestTimeout = TimeSpan.FromMilliseconds(10);
        });
        await watcher.Discovery.WaitForAsync("app", 1, Eventually.Patience());
        await host.SeesLiveAsync("a", "x");
        host.Services.GetRequiredService<OpenRequests>().Begin();

        await host.StopAsync();

        Assert.Contains(host.Log.Entries, entry => entry.Text.StartsWith("1/1 peers acknowledged the drain in ", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log.Warnings, text => text.Contains("shutdown timeout", StringComparison.Ordinal));
        await watcher.SeesStateAsync("a", MemberState.Left);
    }

    [Fact]
    public async Task A_death_is_found_and_a_wait_for_instances_ends_in_real_time()
    {
        await using var cluster = new TestCluster();
        var peer = await cluster.StartOneAsync("x");
        var host = await StartAsync(cluster, "a");
        await host.SeesLiveAsync("a", "x");
        await peer.CrashAsync();
        await host.SeesStateAsync("x", MemberState.Dead);
        await Assert.ThrowsAsync<NoInstancesException>(
            () => host.Discovery.WaitForAsync("payments", 1, TimeSpan.FromMilliseconds(20), Eventually.Patience()).AsTask());
    }

    [Fact]
    public async Task How_long_the_last_known_stand_in_for_none_is_the_applications_to_fake()
    {
        await using var cluster = new TestCluster();
        var host = await StartAsync(cluster, "a");
        var view = host.Discovery.Open(new ServiceQuery("payments") { WhenEmpty = WhenEmpty.LastKnown(TimeSpan.FromMinutes(5)) });
        var payments = await host.Registrar.RegisterAsync(TestCluster.Payments());
        Assert.Single(view.Instances);
        await payments.DisposeAsync();
        Assert.Single(view.Instances);
        _frozen.Advance(TimeSpan.FromMinutes(4));
        Assert.Single(view.Instances);
        _frozen.Advance(TimeSpan.FromMinutes(1));
        Assert.Empty(view.Instances);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1900)]
    [InlineData(1969)]
    [InlineData(2263)]
    [InlineData(9999)]
    public async Task A_machine_whose_clock_is_centuries_off_starts_a_node_that_joins(int year)
    {
        await using var cluster = new TestCluster();
        var other = await cluster.StartOneAsync("x");
        var options = new GossipOptions();
        cluster.Configure(options, "a");
        var at = year == 9999 ? DateTimeOffset.MaxValue : new DateTimeOffset(year, 12, 31, 0, 0, 0, TimeSpan.Zero);
        await using var node = new NodeLauncher(new SnapshotFeed(), new WrongWallClock(at), NullLogger.Instance).Launch(options, "app");
        node.Start();
        await other.SeesLiveAsync("a", "x");
        await node.Synchronized.WaitAsync(Eventually.Deadline);
        var report = await node.ReportAsync(Eventually.Patience());
        Assert.Equal((at, 0L), (report.StartedAt, report.LoopFailures));
        await node.LeaveAsync(Eventually.Deadline);
        await other.SeesStateAsync("a", MemberState.Left);
    }

    private Task<TestHost> StartAsync(TestCluster cluster, string name, Action<GossipOptions>? configure = null) =>
        cluster.StartOneAsync(name, configure, services => services.AddSingleton<TimeProvider>(_frozen)).WaitAsync(Eventually.Deadline);

    private sealed class WrongWallClock(DateTimeOffset at) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => at;
    }
}
