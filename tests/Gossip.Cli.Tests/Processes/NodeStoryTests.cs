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
    public async Task After_a_restart_of_the_agent_living_services_are_there_again_and_dead_ones_are_not()
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
        await caller.SeesAsync(seen => seen.GetAllInstances("lives").Count == 0, "that the agent is dead, and its services with it");

        await using var second = await AgentProcess.StartAsync(_folder, caller);
        await caller.Discovery.WaitForAsync("lives", cancellationToken: Eventually.Patience());
        await caller.Discovery.WaitForAsync("told", cancellationToken: Eventually.Patience());
        // What is not there any more was looked at too: the agent says of each why it is not registered.
        await Eventually.HoldsAsync(
            async () => (await second.Api.GetStringAsync("/v1/services/dies")).Contains("\"status\": \"gone\"", StringComparison.Ordinal), "dies was looked at");
        await Eventually.HoldsAsync(
            async () => !(await second.Api.GetStringAsync("/v1/services")).Contains("\"ends\"", StringComparison.Ordinal), "ends was forgotten");
        Assert.Empty(caller.Discovery.Current.GetAllInstances("dies"));
        Assert.Empty(caller.Discovery.Current.GetAllInstances("ends"));
    }
}
