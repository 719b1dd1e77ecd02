using Gossip.Protocol;

namespace Gossip.Tests.Hosting;

/// <summary>How the end of a real process looks to another one.</summary>
public sealed class LastWordTests
{
    [PeerFact("kill")]
    public Task A_service_that_gets_SIGTERM_leaves() => EndsAsLeftAsync("service", child => child.SignalAsync("TERM"));

    [PeerFact("kill")]
    public Task A_service_that_gets_SIGINT_leaves() => EndsAsLeftAsync("service", child => child.SignalAsync("INT"));

    [Fact]
    public Task A_service_whose_server_fails_to_start_leaves_though_nobody_stops_its_host() =>
        EndsAsLeftAsync("failing", child => child.EndInputAsync());

    private static async Task EndsAsLeftAsync(string verb, Func<ChildProcess, Task> end)
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("watcher");
        string[] settings = ["NodeName=child", "Port=0", $"Cluster={watcher.Identity.Cluster}", $"Seeds:0={watcher.Identity.Local}"];
        await using var child = ChildProcess.Start(
            ChildProcess.Peer[0], [.. ChildProcess.Peer[1..], verb, .. settings.Select(setting => $"Gossip:{setting}")]);
        await watcher.SeesLiveAsync("child", "watcher");
        await child.LineAsync(line => line == "ready");

        await end(child);

        await watcher.SeesStateAsync("child", MemberState.Left);
        Assert.DoesNotContain((await watcher.ReportAsync()).Events, happened => happened.Kind is ClusterEventKind.MemberDied);
    }
}
