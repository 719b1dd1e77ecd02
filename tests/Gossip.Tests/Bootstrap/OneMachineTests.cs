namespace Gossip.Tests.Bootstrap;

/// <summary>Several clusters and processes of one user on one machine: real hosts, in a machine directory of their own.</summary>
public sealed class OneMachineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gossip-machine").FullName;

    private string Path => System.IO.Path.Combine(_folder, "gossip");

    [Fact]
    public async Task Two_nodes_meet_though_another_cluster_holds_all_well_known_ports()
    {
        await using var holders = new TestCluster { MachineDirectory = Path };
        await holders.StartAsync("a1", "a2", "a3", "a4");
        await using var cluster = new TestCluster { MachineDirectory = Path, WellKnownPort = holders.WellKnownPort };
        var hosts = await cluster.StartAsync("b1", "b2");
        Assert.All(hosts, host => Assert.NotInRange(host.Identity.Local.Port, holders.WellKnownPort, holders.WellKnownPort + 3));
    }

    [Fact]
    public async Task A_newcomer_finds_those_that_stayed_when_all_holders_of_well_known_ports_have_left()
    {
        await using var cluster = new TestCluster { MachineDirectory = Path };
        var hosts = await cluster.StartAsync("1", "2", "3", "4", "5", "6");
        Assert.All(hosts[..4], host => Assert.InRange(host.Identity.Local.Port, cluster.WellKnownPort, cluster.WellKnownPort + 3));
        foreach (var host in hosts[..4])
            await host.StopAsync();

        // At a port where nobody looks, it is not found by the others: it must find them.
        var newcomer = await cluster.StartOneAsync("7", options => options.Port = 0);
        await newcomer.SeesLiveAsync("5", "6", "7");
        Assert.Equal(3, Directory.GetFiles(Path).Length);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
