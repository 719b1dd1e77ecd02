using Gossip.Protocol;
using Gossip.Tests.Http;

namespace Gossip.Tests.Hosting;

/// <summary>How the end of a real process looks to another one.</summary>
public sealed class ProcessExitLeaveTests
{
    /// <summary>A shell has what it starts in the background ignore SIGINT, and so do the processes that these start: this run of the tests may be one.</summary>
    private static string[] HeedsInterrupts => OperatingSystem.IsLinux() ? ["env", "--default-signal=INT"] : [];

    [PeerFact("kill")]
    public Task A_service_that_gets_SIGTERM_leaves() => EndsAsLeftAsync("service", child => child.SignalAsync("TERM"));

    [PeerFact("kill")]
    public Task A_service_that_gets_SIGINT_leaves() => EndsAsLeftAsync("service", child => child.SignalAsync("INT"));

    [Fact]
    public Task A_service_whose_server_fails_to_start_leaves_though_nobody_stops_its_host() =>
        EndsAsLeftAsync("failing", child => child.EndInputAsync());

    [PeerFact("kill")]
    public Task A_service_that_gets_SIGTERM_while_it_waits_for_others_leaves_and_ends_well() => EndsWellAsync("TERM", [.. ChildProcess.Peer, "service"]);

    [PeerFact("kill")]
    public Task A_service_that_gets_SIGINT_while_it_waits_for_others_leaves_and_ends_well() => EndsWellAsync("INT", [.. ChildProcess.Peer, "service"]);

    /// <summary>Kestrel throws at a start that is cancelled, and the host throws that out of Run: the program catches it as docs/DISCOVERY.md says.</summary>
    [PeerFact("kill")]
    public Task A_web_service_that_gets_SIGTERM_while_it_waits_for_others_leaves_and_ends_well() =>
        EndsWellAsync("TERM", [ChildProcess.Peer[0], WebServers.Program, "--urls=http://127.0.0.1:0"]);

    private static async Task EndsWellAsync(string signal, string[] program)
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("watcher");
        string[] settings = ["NodeName=child", "Port=0", $"Cluster={watcher.Identity.Cluster}", $"Seeds:0={watcher.Identity.Local}"];
        string[] waits = ["Service:DependsOn=nobody", "DependenciesTimeout=1h"];
        string[] command = [.. HeedsInterrupts, .. program, .. settings.Concat(waits).Select(setting => $"--Gossip:{setting}")];
        await using var child = ChildProcess.Start(command[0], command[1..]);
        await watcher.SeesLiveAsync("child", "watcher");

        await child.SignalAsync(signal);

        Assert.Equal(0, child.ExitCode);
        await watcher.SeesStateAsync("child", MemberState.Left);
    }

    private static async Task EndsAsLeftAsync(string verb, Func<ChildProcess, Task> end)
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("watcher");
        string[] settings = ["NodeName=child", "Port=0", $"Cluster={watcher.Identity.Cluster}", $"Seeds:0={watcher.Identity.Local}"];
        string[] command = [.. HeedsInterrupts, .. ChildProcess.Peer, verb, .. settings.Select(setting => $"Gossip:{setting}")];
        await using var child = ChildProcess.Start(command[0], command[1..]);
        await watcher.SeesLiveAsync("child", "watcher");
        await child.LineAsync(line => line == "ready");

        await end(child);

        await watcher.SeesStateAsync("child", MemberState.Left);
        Assert.DoesNotContain((await watcher.ReportAsync()).Events, happened => happened.Kind is ClusterEventKind.MemberDied);
    }
}
