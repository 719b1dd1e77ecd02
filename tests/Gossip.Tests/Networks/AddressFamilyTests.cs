namespace Gossip.Tests.Networks;

/// <summary>What hosts may have for addresses.</summary>
[Collection(nameof(LanCollection))]
public sealed class AddressFamilyTests
{
    private const string Everywhere = "BindAddress=::";

    [PeerFact("netns", "nft")]
    public async Task With_IPv6_alone_they_form_one_cluster()
    {
        await using var lan = await Lan.StartAsync(3, v4: false, v6: true);
        await lan.StartAllAsync(LanNode.Patient, Everywhere);
        await NobodyDiesAndTheNextIsMissed(lan);
    }

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task With_link_local_addresses_alone_they_form_one_cluster()
    {
        await using var lan = await Lan.StartAsync(3, v4: false, linkLocal: true);
        await lan.StartAllAsync(LanNode.Patient, Everywhere);
        await NobodyDiesAndTheNextIsMissed(lan);
    }

    [PeerFact("netns", "nft")]
    public async Task With_link_local_addresses_alone_they_find_each_other_by_mdns()
    {
        await using var lan = await Lan.StartAsync(3, v4: false, linkLocal: true);
        await lan.StartAllAsync(LanNode.Patient, Everywhere, "Seeds:0=localhost", "UseMdns=true");
        await NobodyDiesAndTheNextIsMissed(lan);
    }

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task Hosts_of_both_families_and_hosts_of_one_form_one_cluster()
    {
        await using var lan = await Lan.StartAsync(4, v6: true, linkLocal: true);
        lan.Start(lan.Hosts[0], LanNode.Patient, Everywhere);
        lan.Start(lan.Hosts[1], LanNode.Patient);
        lan.Start(lan.Hosts[2], LanNode.Patient, Everywhere, "Seeds:0=[fd77::1]");
        lan.Start(lan.Hosts[3], LanNode.Patient, "BindAddress=10.77.0.4");
        await Lan.AgreeAsync(lan.Nodes);
        await NobodyDiesAndTheNextIsMissed(lan);
    }

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task With_IPv6_alone_and_nothing_but_a_key_they_form_one_cluster()
    {
        await using var lan = await Lan.StartAsync(3, v4: false, v6: true);
        await lan.StartAllAsync(LanNode.Patient);
        await NobodyDiesAndTheNextIsMissed(lan);
    }

    [PeerFact("netns", "nft")]
    public async Task On_a_machine_with_no_loopback_address_but_that_of_IPv6_nodes_without_a_key_start_and_meet()
    {
        await using var lan = await Lan.StartAsync(1);
        var host = lan.Hosts[0];
        await host.IpAsync("address delete 127.0.0.1/8 dev lo");
        await using var one = Start(host, "one");
        await using var two = Start(host, "two");
        Assert.Equal("members: one two", await one.LineAsync(IsMetOrRefused));
        Assert.Equal("members: one two", await two.LineAsync(IsMetOrRefused));
    }

    private static bool IsMetOrRefused(string line) => line is "members: one two" || line.StartsWith("refused", StringComparison.Ordinal);

    private static ChildProcess Start(LanHost host, string name) => ChildProcess.Start(
        "ip", ["netns", "exec", host.Namespace, .. ChildProcess.Peer, "node", $"Gossip:NodeName={name}", "Gossip:AddressBook=none"]);

    private static async Task NobodyDiesAndTheNextIsMissed(Lan lan)
    {
        await Lan.CalmAsync(lan.Nodes, probes: 2);
        foreach (var node in lan.Nodes)
        {
            var view = await node.ViewAsync();
            Assert.DoesNotContain(view.Events, happened => happened.What == "DatagramsBlocked");
        }

        await lan.Nodes[^1].KillAsync();
        await Lan.AgreeAsync(lan.Nodes[..^1]);
    }
}
