using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gossip.Tests.Hosting;

/// <summary>What a start waits for before the server takes requests.</summary>
public sealed class StartGateTests
{
    [Fact]
    public async Task The_server_starts_only_when_the_node_has_the_state_of_the_cluster()
    {
        await using var cluster = new TestCluster();
        var other = await cluster.StartOneAsync("other");
        await other.Registrar.RegisterAsync(TestCluster.Payments());
        Server? server = null;
        await cluster.StartOneAsync("a", options => options.SyncTimeout = Eventually.Deadline, Add(found => server = found));
        Assert.Equal(1, server!.PaymentsAtStart);
    }

    [Fact]
    public async Task A_first_node_goes_on_alone_when_the_time_is_over()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a", options => options.SyncTimeout = TimeSpan.FromMilliseconds(50));
        Assert.Contains("starts alone", Assert.Single(host.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_starts_only_when_what_it_depends_on_is_there()
    {
        await using var cluster = new TestCluster();
        var other = await cluster.StartOneAsync("other");
        Server? server = null;
        var starting = cluster.StartOneAsync(
            "a",
            options =>
            {
                options.Service.DependsOn = ["PAYMENTS"];
                options.DependenciesTimeout = Eventually.Deadline;
            },
            Add(found => server = found));
        await other.SeesLiveAsync("a", "other");
        Assert.False(server!.HasStarted);

        await other.Registrar.RegisterAsync(TestCluster.Payments());
        await starting;
        Assert.Equal(1, server.PaymentsAtStart);
    }

    [Fact]
    public async Task A_start_without_what_it_depends_on_fails_and_tells_what_is_missing_and_what_there_is()
    {
        await using var cluster = new TestCluster();
        var other = await cluster.StartOneAsync("other");
        await other.Registrar.RegisterAsync(TestCluster.Payments());
        await other.Registrar.RegisterAsync(TestCluster.Payments("s1") with { Service = "stock", State = ServiceState.Starting });
        await using var host = TestHost.Build(options =>
        {
            cluster.Configure(options, "a");
            options.SyncTimeout = Eventually.Deadline;
            options.Service.DependsOn = ["payments", "stock", "prices"];
            options.DependenciesTimeout = TimeSpan.FromMilliseconds(50);
        });

        var error = await Assert.ThrowsAsync<NoInstancesException>(host.StartAsync);

        Assert.StartsWith("GSP1002: Gossip:DependenciesTimeout is '00:00:00.0500000', and of the 3 services that Gossip:Service:DependsOn names 2 have no ready instance: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("'stock' within 0.1 s (1 known: 1 starting", error.Message, StringComparison.Ordinal);
        Assert.Contains("'prices' within 0.1 s (none known", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("GSP1001", error.Message, StringComparison.Ordinal);
        Assert.Equal("stock", error.Service);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stop_while_the_start_waits_ends_the_start_and_registers_nothing(bool forSync)
    {
        await using var cluster = new TestCluster();
        Server? server = null;
        await using var host = TestHost.Build(
            options =>
            {
                cluster.Configure(options, "a");
                (options.Service.DependsOn, options.Service.Endpoints) = (["payments"], ["http://127.0.0.1:5002"]);
                (options.SyncTimeout, options.DependenciesTimeout) = (forSync ? Timeout.InfiniteTimeSpan : null, Timeout.InfiniteTimeSpan);
            },
            null,
            Add(found => server = found));
        var starting = host.StartAsync();
        await Eventually.HoldsAsync(() => host.Discovery.Current.Members.Count == 1, "the node runs");
        Assert.False(starting.IsCompleted);

        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await starting;

        Assert.True(server!.WasCancelled);
        Assert.Empty(host.Discovery.Current.Services);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_start_that_its_caller_cancels_is_told_so()
    {
        await using var cluster = new TestCluster();
        await using var host = TestHost.Build(options =>
        {
            cluster.Configure(options, "a");
            options.SyncTimeout = Timeout.InfiniteTimeSpan;
        });
        using var cancellation = new CancellationTokenSource();
        var starting = host.StartAsync(cancellation.Token);
        await Eventually.HoldsAsync(() => host.Discovery.Current.Members.Count == 1, "the node runs");
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
    }

    private static Action<IServiceCollection> Add(Action<Server> found) => services => services.AddSingleton<IHostedService>(provider =>
    {
        var server = new Server(provider.GetRequiredService<IServiceDiscovery>());
        found(server);
        return server;
    });

    /// <summary>Stands where Kestrel stands.</summary>
    private sealed class Server(IServiceDiscovery discovery) : IHostedService
    {
        public bool HasStarted { get; private set; }

        /// <summary>Whether it was told not to start.</summary>
        public bool WasCancelled { get; private set; }

        public int PaymentsAtStart { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            HasStarted = true;
            WasCancelled = cancellationToken.IsCancellationRequested;
            PaymentsAtStart = discovery.GetInstances("payments").Count;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
