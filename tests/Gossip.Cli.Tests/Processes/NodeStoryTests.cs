using Microsoft.Extensions.DependencyInjection;

namespace Gossip.Cli.Tests.Processes;

/// <summary>The main story: services in Node.js, an agent in a process of its own, and a .NET host that calls them by name.</summary>
public sealed class NodeStoryTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [PeerFact("node")]
    public async Task A_service_in_node_is_called_by_name_and_gone_when_it_is_killed()
    {
        await using var cluster = new TestCluster();
        await using var caller = await cluster.StartOneAsync("caller", services: services =>
            services.AddHttpClient("shop", http => http.BaseAddress = new Uri("http://shop")).AddGossipDiscovery());
        await using var shop = await NodeServer.StartAsync(_folder, "shop");
        await using var agent = await AgentProcess.StartAsync(_folder, caller);
        shop.Define(_folder, "shop");

        await caller.Discovery.WaitForAsync("shop", cancellationToken: Eventually.Patience());
        var answer = await caller.Services.GetRequiredService<IHttpClientFactory>().CreateClient("shop").GetStringAsync("/", Eventually.Patience());
        Assert.Equal($"from node {shop.Id}", answer);
        Assert.Equal("1.2.0", Assert.Single(caller.Discovery.GetInstances("shop")).Version);

        await shop.KillAsync();
        await caller.SeesAsync(seen => seen.GetAllInstances("shop").Count == 0, "that shop is gone");

        // Another one in its place, with the same file: it is back by itself.
        await using var next = await NodeServer.StartAsync(_folder, "shop", shop.Port);
        await caller.SeesAsync(seen => seen.GetInstances("shop").Count == 1, "shop again");
    }

    [PeerFact("node")]
    public async Task Over_a_restart_of_the_agent_living_services_stay_and_dead_ones_go()
    {
        await using var cluster = new TestCluster();
        await using var caller = await cluster.StartOneAsync("caller");
        await using var lives = await NodeServer.StartAsync(_folder, "lives");
        await using var dies = await NodeServer.StartAsync(_folder, "dies");
        await using var told = await NodeServer.StartAsync(_folder, "told");
        await using var ends = await NodeServer.StartAsync(_folder, "ends");
        lives.Define(_folder, "lives");
        dies.Define(_folder, "dies");
        await using (var first = await AgentProcess.StartAsync(_folder, caller))
        {
            foreach (var one in new[] { ("told", told), ("ends", ends) })
                Assert.Equal(0, (await AgentProcess.RunAsync(
                    "register", "--name", one.Item1, "--port", $"{one.Item2.Port}", "--pid", $"{one.Item2.Id}", "--socket", first.Socket)).ExitCode);
            foreach (var name in new[] { "lives", "dies", "told", "ends" })
                await caller.Discovery.WaitForAsync(name, cancellationToken: Eventually.Patience());
            await first.KillAsync();
        }

        await dies.KillAsync();
        await ends.KillAsync();
        var watching = new CancellationTokenSource();
        var counts = CountAsync(caller, "lives", watching.Token);
        await caller.SeesAsync(seen => seen.GetAllInstances("lives") is [{ IsOrphaned: true, State: ServiceState.Degraded }], "that the agent is dead");

        await using var second = await AgentProcess.StartAsync(_folder, caller);
        foreach (var name in new[] { "lives", "told" })
            await caller.SeesAsync(seen => seen.GetAllInstances(name) is [{ IsOrphaned: false, State: ServiceState.Ready }], $"{name} again");
        // What is not there any more was looked at too: the agent says of each why it is not registered.
        await Eventually.HoldsAsync(
            async () => (await second.Api.GetStringAsync("/v1/services/dies")).Contains("\"status\": \"gone\"", StringComparison.Ordinal), "dies was looked at");
        await Eventually.HoldsAsync(
            async () => !(await second.Api.GetStringAsync("/v1/services")).Contains("\"ends\"", StringComparison.Ordinal), "ends was forgotten");
        foreach (var name in new[] { "dies", "ends" })
            await caller.SeesAsync(seen => seen.GetAllInstances(name).Count == 0, $"that {name} has gone with its lease");
        await watching.CancelAsync();
        Assert.Equal([1], await counts);
    }

    /// <summary>How many instances there were at any moment.</summary>
    private static async Task<IEnumerable<int>> CountAsync(TestHost host, string service, CancellationToken cancellation)
    {
        var counts = new HashSet<int>();
        try
        {
            await foreach (var seen in host.Discovery.WatchAsync(cancellation))
                counts.Add(seen.GetAllInstances(service).Count);
        }
        catch (OperationCanceledException)
        {
            // The story is over.
        }

        return counts;
    }
}
