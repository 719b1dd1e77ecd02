namespace Gossip.Tests.Discovery;

/// <summary>What readers see of an instance whose agent has gone.</summary>
public sealed class LeaseTests
{
    [Fact]
    public async Task An_instance_whose_agent_has_gone_is_degraded_until_its_lease_ends()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("one", "two");
        await hosts[0].Registrar.RegisterAsync(Leased(seconds: 2));
        await hosts[1].SeesAsync(snapshot => snapshot.GetInstances("payments") is [{ State: ServiceState.Ready, IsOrphaned: false, Lease.Agent: "box" }], "it is ready");

        await hosts[0].CrashAsync();

        await hosts[1].SeesAsync(
            snapshot => snapshot.GetInstances("payments") is [{ State: ServiceState.Degraded, IsOrphaned: true, Reason: "agent gone: box" }], "it is degraded");
        Assert.Equal("p1", hosts[1].Discovery.Pick("payments").InstanceId);
        await hosts[1].SeesAsync(snapshot => snapshot.GetAllInstances("payments").Count == 0, "the lease has ended");
    }

    /// <summary>What an agent said that is worse than degraded stays.</summary>
    [Fact]
    public async Task One_that_took_no_calls_takes_none_when_its_agent_has_gone()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("one", "two");
        await hosts[0].Registrar.RegisterAsync(Leased(seconds: 60) with { State = ServiceState.Unhealthy });
        await hosts[1].SeesAsync(snapshot => snapshot.GetAllInstances("payments").Count == 1, "it is there");

        await hosts[0].CrashAsync();

        await hosts[1].SeesAsync(snapshot => snapshot.GetAllInstances("payments") is [{ State: ServiceState.Unhealthy, IsOrphaned: true }], "it stays unhealthy");
        Assert.Empty(hosts[1].Discovery.GetInstances("payments"));
    }

    [Fact]
    public async Task When_the_agent_is_back_no_reader_has_seen_a_moment_without_the_instance_or_with_two()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("one", "two");
        await hosts[0].Registrar.RegisterAsync(Leased(seconds: 60));
        await hosts[1].SeesAsync(snapshot => snapshot.GetInstances("payments").Count == 1, "it is there");
        using var ends = new CancellationTokenSource();
        var seen = CountAsync(hosts[1], ends.Token);

        await hosts[0].CrashAsync();
        await hosts[1].SeesAsync(snapshot => snapshot.GetInstances("payments") is [{ IsOrphaned: true }], "its agent has gone");
        var back = await cluster.StartOneAsync("three");
        await back.Registrar.RegisterAsync(Leased(seconds: 60));
        await hosts[1].SeesAsync(snapshot => snapshot.GetInstances("payments") is [{ State: ServiceState.Ready, IsOrphaned: false, NodeName: "three" }], "its agent is back");

        await ends.CancelAsync();
        Assert.Equal([1], await seen);
    }

    private static async Task<IEnumerable<int>> CountAsync(TestHost host, CancellationToken cancellation)
    {
        var counts = new HashSet<int>();
        try
        {
            await foreach (var snapshot in host.Discovery.WatchAsync("payments", cancellation))
                counts.Add(snapshot.GetAllInstances("payments").Count);
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough.
        }

        return counts;
    }

    private static ServiceRecord Leased(int seconds) => TestCluster.Payments() with
    {
        Lease = new ServiceLease { Agent = "box", Time = TimeSpan.FromSeconds(seconds) },
    };
}
