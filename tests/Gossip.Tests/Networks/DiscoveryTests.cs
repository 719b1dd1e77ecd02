using Gossip.Tests.Peer;
using Xunit.Abstractions;

namespace Gossip.Tests.Networks;

/// <summary>How hosts that were told of nobody, or of one that may not be there yet, find each other.</summary>
[Collection(nameof(LanCollection))]
public sealed class DiscoveryTests(ITestOutputHelper output)
{
    private const string NoSeed = "Seeds:0=localhost";

    [PeerFact("netns", "nft")]
    public async Task Three_hosts_that_share_a_key_and_nothing_else_find_each_other_by_multicast()
    {
        await using var lan = await Lan.StartAsync(3);
        await lan.StartAllAsync(NoSeed, "UseMdns=true");
        List<NodeView> views = [];
        foreach (var node in lan.Nodes)
            views.Add(await node.ViewAsync());
        var lastStart = views.Max(view => view.StartedAt);
        var lastJoin = views.Max(view => view.Events.Where(happened => happened.What == "MemberJoined").Max(happened => happened.At));
        output.WriteLine($"all three know all {(lastJoin - lastStart).TotalSeconds:F2} s after the last start");
    }

    [PeerFact("netns", "nft")]
    public async Task On_a_healthy_network_of_both_families_every_node_is_well()
    {
        // Two processes on each host; none of them is told of anybody.
        await using var lan = await Lan.StartAsync(2, v6: true, linkLocal: true);
        foreach (var host in lan.Hosts)
        {
            lan.Start(host, NoSeed, "UseMdns=true", LanNode.Patient);
            lan.Start(host, NoSeed, "UseMdns=true", LanNode.Patient, $"NodeName={host.Name}b");
        }

        foreach (var node in lan.Nodes)
        {
            await node.SeesAsync(view => view.Live.SequenceEqual(["h1", "h1b", "h2", "h2b"]), "all four");
            await node.SeesAsync(view => view.Told.Count >= 3, "the three others by mDNS");
        }

        // Longer than the time after which a node that does not hear its own multicast says so.
        await Lan.ProbeAsync(lan.Nodes, 7);
        foreach (var node in lan.Nodes)
        {
            var view = await node.ViewAsync();
            Assert.True(view.IsWell, $"{node.Name}:\n{LanNode.Describe(view)}");
            Assert.All(view.Told, address => Assert.StartsWith("10.77.0.", address));
            // A busy machine may have let a process stand still.
            Assert.DoesNotContain(view.Findings, finding => finding.Split(':')[0] is not ("stalled" or "unwell"));
        }
    }

    [PeerFact("netns", "nft", "dnsmasq")]
    public async Task Three_hosts_find_each_other_by_a_name_that_stands_for_all_of_them()
    {
        await using var lan = await Lan.StartAsync(4);
        LanHost[] hosts = [.. lan.Hosts.Take(3)];
        await lan.NameAsync(lan.Hosts[3], "tasks.gossip.test", hosts);
        foreach (var host in hosts)
            lan.Start(host, "Seeds:0=tasks.gossip.test");
        await Lan.AgreeAsync(lan.Nodes);
        foreach (var node in lan.Nodes)
            Assert.DoesNotContain((await node.ViewAsync()).Findings, finding => finding.StartsWith("seed", StringComparison.Ordinal));
    }

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task Hosts_that_all_failed_at_once_find_each_other_again_though_their_only_seed_stays_away()
    {
        var books = Directory.CreateTempSubdirectory("gossip-books").FullName;
        try
        {
            await using var lan = await Lan.StartAsync(4);
            foreach (var host in lan.Hosts)
                lan.Start(host, Book(host));
            await Lan.AgreeAsync(lan.Nodes);
            foreach (var host in lan.Hosts.Skip(1))
                await Eventually.HoldsAsync(() => IsWritten(host), $"{host.Name} remembers three others");
            await Task.WhenAll(lan.Nodes.Select(node => node.KillAsync()));

            LanNode[] restarted = [.. lan.Hosts.Skip(1).Select(host => lan.Start(host, Book(host)))];
            await Lan.AgreeAsync(restarted);
        }
        finally
        {
            Directory.Delete(books, recursive: true);
        }

        string Book(LanHost host) => $"AddressBook={Path.Combine(books, host.Name)}";

        bool IsWritten(LanHost host) => File.Exists(Path.Combine(books, host.Name)) && File.ReadLines(Path.Combine(books, host.Name)).Count(line => !line.StartsWith('#')) == 3;
    }

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task Clusters_of_other_names_and_other_keys_on_one_network_never_mix_and_say_so()
    {
        await using var lan = await Lan.StartAsync(6);
        string[][] settings = [["UseMdns=true"], ["UseMdns=true", "Cluster=other"], ["UseMdns=true", $"Key={Convert.ToBase64String(new byte[32])}"]];
        for (var i = 0; i < 6; i++)
            lan.Start(lan.Hosts[i], [.. settings[i / 2], .. lan.Hosts.Select((host, at) => $"Seeds:{at}={host.Address}")]);
        for (var cluster = 0; cluster < 3; cluster++)
            await Lan.AgreeAsync(lan.Nodes.GetRange(2 * cluster, 2));

        foreach (var node in lan.Nodes)
            await node.SeesAsync(view => view.Findings.Any(finding => finding.StartsWith("strangers", StringComparison.Ordinal)), "that there are strangers");
        await Lan.ProbeAsync(lan.Nodes, 5);

        foreach (var node in lan.Nodes)
        {
            var view = await node.ViewAsync();
            Assert.True(view.Live.Count == 2 && view.Events.Count(happened => happened.What == "MemberJoined") == 1, LanNode.Describe(view));
        }
    }

    [PeerFact("netns", "nft", IsNightly = true)]
    public async Task Three_hosts_whose_firewalls_take_no_multicast_need_one_seed_which_may_come_last()
    {
        await using var lan = await Lan.StartAsync(3);
        foreach (var host in lan.Hosts)
            await host.FilterAsync("input", "ip daddr 224.0.0.0/4 drop");
        foreach (var host in lan.Hosts.Reverse())
            lan.Start(host, "UseMdns=true");
        await Lan.AgreeAsync(lan.Nodes);
    }
}
