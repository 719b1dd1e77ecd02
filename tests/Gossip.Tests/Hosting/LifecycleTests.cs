using Gossip.Diagnostics;
using Gossip.Hosting;
using Gossip.Protocol;
using Gossip.Snapshots;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gossip.Tests.Hosting;

public sealed class LifecycleTests
{
    [Fact]
    public async Task The_node_runs_before_the_server_starts_registers_after_it_listens_and_leaves_before_it_stops()
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("watcher");
        Server? server = null;
        var host = await cluster.StartOneAsync("a", null, services =>
        {
            services.AddSingleton<IHostedService>(provider => server = new Server(provider, watcher));
            services.AddSingleton(_ => new ListeningAddresses(() => server!.Addresses));
        });

        Assert.NotNull(server);
        Assert.Equal(["starting: node runs, nothing registered"], server.Seen);
        var instance = Assert.Single(await watcher.Discovery.WaitForAsync("app", 1, Eventually.Patience()));
        Assert.Equal((new Uri("http://127.0.0.1:5123"), "a"), (instance.Uri, instance.InstanceId));

        await host.StopAsync();
        Assert.Equal(["starting: node runs, nothing registered", "stopping: the others were told"], server.Seen);
    }

    [Fact]
    public async Task A_process_that_listens_nowhere_only_looks_on()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        Assert.Empty(host.Discovery.Current.Services);
        Assert.Single(host.Discovery.Current.Members);
    }

    [Fact]
    public async Task Before_the_start_and_after_the_stop_reading_works_and_registering_tells_why_not()
    {
        await using var cluster = new TestCluster();
        await using var host = TestHost.Build(options => cluster.Configure(options, "a"));
        Assert.Equal(0, host.Discovery.Current.Revision);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await host.Registrar.RegisterAsync(TestCluster.Payments()));

        await host.StartAsync();
        var registration = await host.Registrar.RegisterAsync(TestCluster.Payments());
        await host.StopAsync();
        Assert.Empty(host.Discovery.GetInstances("payments"));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await host.Registrar.RegisterAsync(TestCluster.Payments()));
        await registration.DisposeAsync();
    }

    [Fact]
    public async Task After_the_end_of_the_host_whoever_finds_nothing_is_still_told_why()
    {
        await using var cluster = new TestCluster();
        var host = TestHost.Build(options => cluster.Configure(options, "a"));
        var discovery = host.Discovery;
        Assert.Contains("the node has not started", Assert.Throws<NoInstancesException>(() => discovery.Pick("payments")).Message, StringComparison.Ordinal);
        await host.StartAsync();
        await host.StopAsync();
        await host.DisposeAsync();
        Assert.Contains("node started ", Assert.Throws<NoInstancesException>(() => discovery.Pick("payments")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_fails_to_start_takes_the_node_down_with_a_goodbye()
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("watcher");
        var failing = TestHost.Build(
            options => cluster.Configure(options, "a"), null, services => services.AddSingleton(watcher).AddSingleton<IHostedService, FailingServer>());
        await Assert.ThrowsAsync<InvalidOperationException>(failing.StartAsync);
        await failing.DisposeAsync();
        await watcher.SeesStateAsync("a", MemberState.Left);
    }

    [Fact]
    public async Task An_instance_id_is_registered_once_and_keeps_its_name()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        var registration = await host.Registrar.RegisterAsync(TestCluster.Payments());
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await host.Registrar.RegisterAsync(TestCluster.Payments()));
        Assert.Contains("'p1'", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(async () => await registration.UpdateAsync(record => record with { InstanceId = "p2" }));
        await Assert.ThrowsAsync<ArgumentException>(async () => await registration.UpdateAsync(record => record with { Weight = -1 }));
        Assert.Equal(100, Assert.Single(host.Discovery.GetInstances("payments")).Weight);
    }

    [Fact]
    public async Task Changes_made_at_a_time_all_count()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        var registration = await host.Registrar.RegisterAsync(TestCluster.Payments() with { Weight = 0 });
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(
            () => registration.UpdateAsync(record => record with { Weight = record.Weight + 1 }).AsTask())));
        Assert.Equal(50, Assert.Single(host.Discovery.GetInstances("payments")).Weight);
    }

    [Fact]
    public async Task A_registration_that_is_cancelled_when_it_is_queued_leaves_no_instance_without_a_handle()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        using var gate = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        var blocked = host.Node.AskAsync((_, _, _) => gate.Wait(Eventually.Deadline)).AsTask();
        var registering = host.Registrar.RegisterAsync(TestCluster.Payments(), cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        gate.Set();
        Assert.True(await blocked);

        await (await registering).DisposeAsync();
        Assert.Empty(host.Discovery.Current.GetAllInstances("payments"));
    }

    [Fact]
    public async Task A_change_that_is_refused_or_cancelled_leaves_the_registration_as_it_was()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        var registration = await host.Registrar.RegisterAsync(TestCluster.Payments());
        var tooLarge = TestCluster.Payments() with
        {
            Metadata = new Dictionary<string, string> { ["note"] = new string('x', 16_300) },
            Endpoints = [.. Enumerable.Range(0, 32).Select(i => new ServiceEndpoint($"endpoint-{i}", "http", string.Join('.', Enumerable.Repeat(new string('h', 62), 4)), 80))],
        };
        await Assert.ThrowsAsync<ArgumentException>(async () => await registration.UpdateAsync(_ => tooLarge));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await registration.UpdateAsync(record => record with { Weight = 7 }, new CancellationToken(canceled: true)));
        Assert.Equal(100, registration.Record.Weight);
        Assert.Empty(registration.Record.Metadata);

        await registration.DrainAsync();
        Assert.Equal(ServiceState.Draining, Assert.Single(host.Discovery.Current.GetAllInstances("payments")).State);
    }

    [Fact]
    public async Task A_goodbye_does_not_wait_for_a_loop_that_is_stuck()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        using var gate = new ManualResetEventSlim();
        var blocked = host.Node.AskAsync((_, _, _) => gate.Wait(Eventually.Deadline)).AsTask();
        await host.Node.LeaveAsync(TimeSpan.FromMilliseconds(50)).AsTask().WaitAsync(Eventually.Deadline / 2);
        Assert.False(blocked.IsCompleted);
        gate.Set();
        Assert.True(await blocked);
    }

    [Fact]
    public async Task Seeds_that_find_the_queue_full_are_counted()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a");
        using var gate = new ManualResetEventSlim();
        var isStuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var blocked = host.Node.AskAsync((_, _, _) => isStuck.TrySetResult() && gate.Wait(Eventually.Deadline)).AsTask();
        // A loop that still runs takes them as fast as they come.
        await isStuck.Task.WaitAsync(Eventually.Deadline);
        for (var i = 0; i < 600; i++)
            host.Node.Join(host.Identity.Local);
        gate.Set();
        Assert.True(await blocked);
        // The first fill the queue, where one of the node's own may wait too; the rest is dropped.
        Assert.InRange((await host.ReportAsync()).Shell.SeedsDropped, 600 - 256, 600);
    }

    [Fact]
    public async Task The_nodes_own_address_stays_among_its_seeds_and_what_its_socket_cannot_reach_does_not()
    {
        var port = TestPorts.Free();
        var options = new GossipOptions { Port = port, WellKnownPort = TestPorts.Free(), Seeds = [$"127.0.0.1:{port}", "127.0.0.1:9", "[::1]:9"] };
        await using var node = new NodeLauncher(new SnapshotFeed(), TimeProvider.System, NullLogger.Instance).Launch(options, "app");
        Assert.Equal([node.Identity.Local, node.Identity.Local.WithPort(9)], node.Seeds);
    }

    [Fact]
    public async Task A_report_makes_no_snapshot()
    {
        var observer = new Observer();
        var options = new GossipOptions { Port = 0, WellKnownPort = TestPorts.Free() };
        await using var node = new NodeLauncher(new SnapshotFeed(), TimeProvider.System, NullLogger.Instance).Launch(options, "app");
        node.Observer = observer;
        node.Start();
        await node.AskAsync((_, _, _) => true);
        var before = observer.Publications;
        for (var i = 0; i < 10; i++)
            await node.ReportAsync();
        Assert.InRange(observer.Publications - before, 0, 2);
    }

    [Fact]
    public async Task Adding_it_twice_is_adding_it_once()
    {
        await using var host = TestHost.Build(
            options => options.Cluster = "one",
            services: services => services.AddGossipNode(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build(), options => options.Zone = "z"));
        Assert.Single(host.Services.GetServices<IHostedService>().OfType<GossipLifecycle>());
        var options = host.Services.GetRequiredService<IOptions<GossipOptions>>().Value;
        Assert.Equal(("one", "z"), (options.Cluster, options.Zone));
    }

    [Fact]
    public async Task The_report_tells_all_there_is_to_know()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b");
        await hosts[0].Registrar.RegisterAsync(TestCluster.Payments());
        await Eventually.HoldsAsync(async () => (await hosts[0].ReportAsync()).Members.All(member => member.LastHeard is not null), "both were heard");
        var report = await hosts[0].ReportAsync();
        Assert.Equal(2, report.Members.Count);
        Assert.Equal(["payments"], report.Snapshot.Services);
        Assert.Contains(report.Events, happened => happened is { Kind: ClusterEventKind.MemberJoined, Name: "b" });
        Assert.True(report.Counters.PacketsReceived > 0 && report.Uptime > TimeSpan.Zero && report.LoopFailures == 0);
        Assert.Equal("the address it listens at", report.Identity.AdvertisedBecause);
    }

    /// <summary>Stands where Kestrel stands: an ordinary hosted service.</summary>
    private sealed class Server(IServiceProvider services, TestHost watcher) : IHostedService
    {
        public List<string> Seen { get; } = [];

        public string[] Addresses { get; private set; } = [];

        public Task StartAsync(CancellationToken cancellationToken)
        {
            var discovery = services.GetRequiredService<IServiceDiscovery>();
            if (discovery.Current.Members.Count > 0 && discovery.Current.Services.Count == 0)
                Seen.Add("starting: node runs, nothing registered");
            Addresses = ["http://[::]:5123"];
            return Task.CompletedTask;
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            await watcher.SeesAsync(snapshot => snapshot.GetAllInstances("app").Count == 0, "no app");
            await watcher.SeesStateAsync("a", MemberState.Left);
            Seen.Add("stopping: the others were told");
        }
    }

    private sealed class Observer : INodeObserver
    {
        private int _publications;

        public int Publications => Volatile.Read(ref _publications);

        public void Happened(in ClusterEvent happened)
        {
        }

        public void Published() => Interlocked.Increment(ref _publications);
    }

    private sealed class FailingServer(IServiceDiscovery discovery, TestHost watcher) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            await Eventually.HoldsAsync(() => discovery.Current.Members.Count == 2, "the node has joined");
            await watcher.SeesLiveAsync("a", "watcher");
            throw new InvalidOperationException("the port is taken");
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
