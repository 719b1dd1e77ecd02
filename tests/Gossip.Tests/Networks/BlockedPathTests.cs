using Gossip.Tests.Peer;

namespace Gossip.Tests.Networks;

/// <summary>Firewalls that let some of the traffic pass: the cluster holds together over what is left.</summary>
[Collection(nameof(BrokenLanCollection))]
public sealed class BlockedPathTests
{
    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task Two_of_three_that_no_datagram_joins_hold_each_other_alive_and_learn_of_a_fourth()
    {
        await using var lan = await Lan.StartAsync(4);
        foreach (var host in lan.Hosts.Take(3))
            lan.Start(host, LanNode.Patient);
        await Lan.AgreeAsync(lan.Nodes);

        await BlockDatagramsAsync(lan.Hosts[1], $"ip saddr {lan.Hosts[2].Address}");
        await BlockDatagramsAsync(lan.Hosts[2], $"ip saddr {lan.Hosts[1].Address}");
        lan.Start(lan.Hosts[3], LanNode.Patient);
        await Lan.AgreeAsync(lan.Nodes);
        foreach (var (node, other) in new[] { (lan.Nodes[1], "h3"), (lan.Nodes[2], "h2") })
        {
            var view = await node.SeesAsync(view => Blocked(view).Any(), "that datagrams are blocked");
            Assert.Equal([other], Blocked(view));
            Assert.Contains($"and {other} at", Assert.Single(view.Findings, finding => finding.StartsWith("udp-blocked", StringComparison.Ordinal)));
        }

        await NobodyIsAccusedAsync(lan);
        await lan.Hosts[1].OpenAsync();
        await lan.Hosts[2].OpenAsync();
        await lan.Nodes[1].SeesAsync(view => view.Events.Any(happened => happened is { What: "DatagramsPass", Name: "h3" }), "that datagrams pass again");
        await NobodyIsAccusedAsync(lan);
    }

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task A_host_that_no_datagram_reaches_or_leaves_holds_on_by_stream()
    {
        await using var lan = await Lan.StartAsync(4);
        foreach (var host in lan.Hosts.Take(3))
            lan.Start(host, LanNode.Patient);
        await Lan.AgreeAsync(lan.Nodes);

        await BlockDatagramsAsync(lan.Hosts[2], "");
        lan.Start(lan.Hosts[3], LanNode.Patient);
        await Lan.AgreeAsync(lan.Nodes);
        var view = await lan.Nodes[2].SeesAsync(view => Blocked(view).Any(), "that datagrams are blocked");
        Assert.True(view.Counters["ProbesOverIndirectPaths"] > 0 && view.Counters["SendErrors"] > 0, LanNode.Describe(view));
        await NobodyIsAccusedAsync(lan);
    }

    [PeerFact("netns", "nft")]
    public async Task A_host_that_no_datagram_reaches_or_leaves_joins_by_stream()
    {
        await using var lan = await Lan.StartAsync(3);
        await BlockDatagramsAsync(lan.Hosts[2], "");
        await lan.StartAllAsync(LanNode.Patient);
        await NobodyIsAccusedAsync(lan);
    }

    /// <summary>Whom the node says that no datagram of it reaches.</summary>
    private static IEnumerable<string> Blocked(NodeView view) =>
        view.Events.Where(happened => happened.What == "DatagramsBlocked").Select(happened => happened.Name).Distinct();

    private static async Task BlockDatagramsAsync(LanHost host, string which)
    {
        await host.FilterAsync("input", $"iifname eth0 {which} meta l4proto udp drop");
        if (which.Length == 0)
            await host.FilterAsync("output", "oifname eth0 meta l4proto udp drop");
    }

    private static async Task NobodyIsAccusedAsync(Lan lan)
    {
        await Lan.CalmAsync(lan.Nodes);
        foreach (var node in lan.Nodes)
        {
            var view = await node.ViewAsync();
            Assert.Equal(0, view.Counters["LoopFailures"]);
        }
    }
}
