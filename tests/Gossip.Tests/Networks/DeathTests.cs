using Xunit.Abstractions;

namespace Gossip.Tests.Networks;

/// <summary>What is gone is known to be gone, by everybody, on the evidence that there is. How soon is measured by the cluster harness.</summary>
[Collection(nameof(BrokenLanCollection))]
public sealed class DeathTests(ITestOutputHelper output)
{
    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task Twelve_processes_know_of_a_killed_one_and_of_a_vanished_host()
    {
        await using var lan = await Lan.StartAsync(12);
        await lan.StartAllAsync();

        var killed = lan.Nodes[3];
        var kill = TimeProvider.System.GetUtcNow();
        await killed.KillAsync();
        LanNode[] rest = [.. lan.Nodes.Where(node => node != killed)];
        await Lan.AgreeAsync(rest);
        await DiedOnceAsync(rest, killed, kill, "nothing listens there");

        var vanished = lan.Nodes[7];
        var cut = TimeProvider.System.GetUtcNow();
        await vanished.Host.IpAsync("link set eth0 down");
        rest = [.. rest.Where(node => node != vanished)];
        await Lan.AgreeAsync(rest);
        await DiedOnceAsync(rest, vanished, cut, "heard nothing of it");
    }

    /// <summary>Each of the nodes has held the one dead, once, and nobody else.</summary>
    private async Task DiedOnceAsync(IEnumerable<LanNode> nodes, LanNode dead, DateTimeOffset since, string evidence)
    {
        List<TimeSpan> times = [];
        foreach (var node in nodes)
        {
            var view = await node.ViewAsync();
            var deaths = view.Events.Where(happened => happened.What == "MemberDied" && happened.At >= since).ToList();
            Assert.True(deaths is [var death] && death.Name == dead.Name && death.Words.Any(word => word.Contains(evidence, StringComparison.Ordinal)), $"{node.Name}:\n{LanNode.Describe(view)}");
            times.Add(deaths[0].At - since);
        }

        output.WriteLine($"'{evidence}': known dead by the first after {times.Min().TotalSeconds:F2} s, by all {times.Count} after {times.Max().TotalSeconds:F2} s");
    }
}
