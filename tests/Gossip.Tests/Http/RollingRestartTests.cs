using Xunit.Abstractions;

namespace Gossip.Tests.Http;

/// <summary>Three real web services are restarted, or killed, while another process calls them by name all the time.</summary>
public sealed class RollingRestartTests(ITestOutputHelper output)
{
    private const int PerSecond = 250;

    [PeerFact("kill")]
    public async Task No_request_fails_while_each_instance_is_restarted_in_turn()
    {
        await using var cluster = new TestCluster();
        var caller = await cluster.StartOneAsync("caller");
        await using var servers = new WebServers(caller, 3);
        await servers.AreThereAsync(3);
        await using var load = new Load(caller.Discovery, PerSecond);
        await load.IsServedByAsync(servers.Ports);

        for (var i = 0; i < 3; i++)
        {
            await servers[i].TerminateAsync();
            await servers.RestartAsync(i);
            await servers.AreThereAsync(3);
            await load.IsServedByAsync(servers.Ports);
        }

        await load.StopAsync();
        output.WriteLine(load.ToString());
        Assert.Empty(load.Failures);
    }

    [PeerFact("kill")]
    public async Task Only_requests_in_flight_at_a_killed_instance_fail()
    {
        await using var cluster = new TestCluster();
        var caller = await cluster.StartOneAsync("caller");
        await using var servers = new WebServers(caller, 3);
        await servers.AreThereAsync(3);
        await using var load = new Load(caller.Discovery, PerSecond);
        await load.IsServedByAsync(servers.Ports);
        var port = servers.PortOf(0);

        var atKill = load.InFlightAt(port);
        await servers[0].SignalAsync("KILL");
        var dead = load.Now;
        await servers.AreThereAsync(2);
        await load.IsServedByAsync(servers.Ports);

        await load.StopAsync();
        output.WriteLine($"{load}; {atKill} in flight at the instance just before it was killed, {load.Failures.Count} failed");
        Assert.All(load.Failures, failure => Assert.True(failure.Port == port && failure.Sent <= dead, $"{failure} although {port} was dead at {dead}"));
    }
}
