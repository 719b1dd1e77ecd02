using Gossip.Tests.Peer;

namespace Gossip.Tests.Networks;

/// <summary>Hosts whose addresses are not what they were, or not the same for all.</summary>
[Collection(nameof(BrokenLanCollection))]
public sealed class AddressChangeTests
{
    private const string Everywhere = "Service:Endpoints:0=http://*:8080";

    [PeerFact("netns", "nft")]
    public async Task A_host_that_gets_another_address_for_good_is_found_there_and_dies_at_most_once_for_each()
    {
        await using var lan = await Lan.StartAsync(3);
        foreach (var host in lan.Hosts)
        {
            lan.Start(host, $"NodeName={host.Name}a", LanNode.Patient, Everywhere);
            lan.Start(host, $"NodeName={host.Name}b", LanNode.Patient, Everywhere);
        }

        await Lan.AgreeAsync(lan.Nodes);
        var moving = lan.Hosts[2];

        await moving.IpAsync("address del 10.77.0.3/24 dev eth0");
        await moving.IpAsync("address add 10.77.0.103/24 dev eth0");

        string[] expected = [.. new[] { "10.77.0.1", "10.77.0.2", "10.77.0.103" }
            .SelectMany(address => Enumerable.Repeat($"http://{address}:8080", 2)).Order(StringComparer.Ordinal)];
        foreach (var node in lan.Nodes)
            await node.SeesAsync(view => view.Offered.SequenceEqual(expected), $"that all are offered at {string.Join(' ', expected)}");
        await Lan.AgreeAsync(lan.Nodes);
        var settled = new List<NodeView>();
        foreach (var node in lan.Nodes)
        {
            var view = await node.ViewAsync();
            settled.Add(view);
            Assert.All(view.HeldDead.CountBy(name => name), death => Assert.True(
                death.Value == 1 && death.Key.StartsWith(moving.Name, StringComparison.Ordinal),
                $"{node.Name} held {death.Key} dead:\n{LanNode.Describe(view)}"));
        }

        // Two rounds of probes of everybody by everybody: whoever were not found where it is would be accused.
        await Lan.ProbeAsync(lan.Nodes, 2 * (lan.Nodes.Count - 1));
        for (var i = 0; i < lan.Nodes.Count; i++)
        {
            var view = await lan.Nodes[i].ViewAsync();
            Assert.True(
                view.HeldDead.Count() == settled[i].HeldDead.Count() && view.Offered.SequenceEqual(expected),
                $"{lan.Nodes[i].Name} has not settled:\n{LanNode.Describe(view)}");
        }
    }

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task A_node_that_cannot_follow_its_hosts_address_says_so_and_is_not_offered_until_it_answers()
    {
        await using var lan = await Lan.StartAsync(3);
        foreach (var host in lan.Hosts)
            lan.Start(host, LanNode.Patient, $"AdvertiseAddress={host.Address}", Everywhere);
        await Lan.AgreeAsync(lan.Nodes);
        var moving = lan.Hosts[2];

        await moving.IpAsync("address del 10.77.0.3/24 dev eth0");
        await moving.IpAsync("address add 10.77.0.103/24 dev eth0");

        await lan.Nodes[2].SeesAsync(view => Has(view, "address-gone", "10.77.0.3:7390 (configured)"), "that its address has gone");
        await lan.Nodes[0].SeesAsync(
            view => view.Events.Any(happened => happened is { What: "MemberOutOfReach", Name: "h3" }) && !view.Offered.Contains("http://10.77.0.3:8080"),
            "that h3 is out of reach");

        await moving.IpAsync("address add 10.77.0.3/24 dev eth0");
        await Lan.AgreeAsync(lan.Nodes);
        await lan.Nodes[0].SeesAsync(view => view.Offered.Contains("http://10.77.0.3:8080"), "that h3 is offered again");
    }

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task Of_a_node_in_two_networks_its_mates_in_one_each_learn_why_they_do_not_reach_each_other()
    {
        await using var lan = await Lan.StartAsync(3);
        await lan.Hosts[0].IpAsync("address add 10.78.0.1/24 dev eth0");
        await lan.Hosts[2].IpAsync("address del 10.77.0.3/24 dev eth0");
        await lan.Hosts[2].IpAsync("address add 10.78.0.3/24 dev eth0");
        lan.Start(lan.Hosts[0], LanNode.Patient, "AdvertiseAddress=10.77.0.1");
        lan.Start(lan.Hosts[1], LanNode.Patient);
        lan.Start(lan.Hosts[2], LanNode.Patient, "Seeds:0=10.78.0.1");

        await lan.Nodes[1].SeesAsync(
            view => Has(
                view, "other-network", "h3 is reached only through h1 at 10.77.0.1:7390: this node at 10.77.0.2:7390 and h3 at 10.78.0.3:7390 do not"),
            "that h3 is reached only through h1");
        await lan.Nodes[2].SeesAsync(
            view => Has(view, "out-of-reach", "h1 answers this node at 10.78.0.1:7390, but not at 10.77.0.1:7390, which it advertises")
                && Has(view, "out-of-reach", "h2 says that it is alive at 10.77.0.2:7390"),
            "that h1 advertises an address of another network");
    }

    private static bool Has(NodeView view, string code, string what) =>
        view.Findings.Any(finding => finding.StartsWith($"{code}: ", StringComparison.Ordinal) && finding.Contains(what, StringComparison.Ordinal));
}
