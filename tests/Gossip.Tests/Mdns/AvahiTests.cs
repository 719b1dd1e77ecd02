using System.Text.Json;

namespace Gossip.Tests.Mdns;

/// <summary>Our node and avahi on the same and on different machines: each sees what the other publishes, and sees it go.</summary>
public sealed class AvahiTests
{
    private const string Type = "_gossip._udp";

    [PeerFact("netns", "avahi-daemon", "avahi-browse", "dbus-daemon")]
    public Task Avahi_on_the_same_machine_sees_our_node_and_its_goodbye() => AvahiSeesOurNode(onFirst: true);

    [PeerFact("netns", "avahi-daemon", "avahi-browse", "dbus-daemon", IsNightly = true)]
    public Task Avahi_on_another_machine_sees_our_node_and_its_goodbye() => AvahiSeesOurNode(onFirst: false);

    [PeerFact("netns", "avahi-daemon", "avahi-publish", "dbus-daemon")]
    public Task A_node_that_avahi_publishes_on_the_same_machine_is_found_and_lost() => WeSeeANodeOfAvahi(onFirst: true);

    [PeerFact("netns", "avahi-daemon", "avahi-publish", "dbus-daemon", IsNightly = true)]
    public Task A_node_that_avahi_publishes_on_another_machine_is_found_and_lost() => WeSeeANodeOfAvahi(onFirst: false);

    [PeerFact("netns", "avahi-daemon", "avahi-browse", "dbus-daemon")]
    public async Task Siblings_beside_avahi_share_the_port_and_the_goodbye_of_one_leaves_the_other()
    {
        await using var network = await MdnsNetwork.StartAsync();
        var one = network.StartNode(network.First, "one", 7001);
        var two = network.StartNode(network.First, "two", 7002);
        var far = network.StartNode(network.Second, "far", 7003);
        foreach (var (node, other) in new[] { (one, "two"), (two, "one"), (one, "far"), (far, "two") })
            await node.LineAsync(line => Is(line, other, isLost: false));

        await one.EndInputAsync();
        await two.LineAsync(line => Is(line, "one", isLost: true));
        // The browsing ends by itself when avahi has told all it knows.
        var known = await Browse(network);
        Assert.Contains(known, line => Resolves(line, "two"));
        Assert.Contains(known, line => Resolves(line, "far"));
        Assert.DoesNotContain(known, line => Resolves(line, "one"));
    }

    [PeerFact("netns", "avahi-daemon", "avahi-browse", "dbus-daemon")]
    public async Task The_services_beside_a_node_are_seen_by_browsers_that_know_nothing_of_gossip()
    {
        await using var network = await MdnsNetwork.StartAsync();
        var node = network.StartNode(network.Second, "orders", 7946, "--http=8080");
        await node.LineAsync(line => Is(line, "orders", isLost: false));
        var watching = network.StartOn(network.First, "stdbuf", "-oL", "avahi-browse", "-arp");
        var resolved = await watching.LineAsync(line => line.Split(';') is ["=", _, _, "orders", "Web Site" or "_http._tcp", ..]);
        Assert.Equal(["host7946.local", "10.77.0.2", "8080"], resolved.Split(';')[6..9]);
    }

    [PeerFact("netns", "avahi-daemon", "avahi-publish", "dbus-daemon")]
    public async Task A_link_that_comes_up_later_is_joined()
    {
        await using var network = await MdnsNetwork.StartAsync(v4: false, v6: true);
        var node = network.StartNode(network.Second, "orders", 7946);
        await node.LineAsync(line => Is(line, "orders", isLost: false));
        await network.AddV4Async();
        await node.LineAsync(line => Is(line, "orders", isLost: false) && line.Contains("eth0 IPv4", StringComparison.Ordinal));
    }

    [PeerFact("netns", "avahi-daemon", "avahi-publish", "avahi-browse", "dbus-daemon", IsNightly = true)]
    public async Task Over_IPv6_alone_avahi_and_our_node_see_each_other()
    {
        await using var network = await MdnsNetwork.StartAsync(v4: false, v6: true);
        var node = network.StartNode(network.Second, "orders", 7946);
        network.StartOn(network.First, "avahi-publish", "-s", "payments", Type, "7947");
        await node.LineAsync(line => Is(line, "payments", isLost: false) && line.Contains("[fe80::", StringComparison.Ordinal));
        Assert.Contains(await Browse(network), line => Resolves(line, "orders") && line.Contains(";IPv6;", StringComparison.Ordinal));
    }

    private static async Task AvahiSeesOurNode(bool onFirst)
    {
        await using var network = await MdnsNetwork.StartAsync();
        var node = network.StartNode(onFirst ? network.First : network.Second, "orders 1.a", 7946, "cluster=shop", "v=1");
        await node.LineAsync(line => Is(line, "orders 1.a", isLost: false));
        var watching = network.StartOn(network.First, "stdbuf", "-oL", "avahi-browse", "-rp", Type);
        var resolved = await watching.LineAsync(line => line.StartsWith('='));

        // =;interface;protocol;instance;type;domain;host;address;port;text
        var fields = resolved.Split(';');
        Assert.Equal(@"orders\0321\.a", fields[3]);
        Assert.Equal(["host7946.local", onFirst ? "10.77.0.1" : "10.77.0.2", "7946"], fields[6..9]);
        Assert.Contains("\"cluster=shop\"", fields[9]);
        Assert.Contains("\"v=1\"", fields[9]);
        Assert.Contains(await Browse(network), line => line == resolved);

        await node.EndInputAsync();
        await watching.LineAsync(line => line.StartsWith('-'));
        Assert.Empty(await Browse(network));
    }

    private static async Task WeSeeANodeOfAvahi(bool onFirst)
    {
        await using var network = await MdnsNetwork.StartAsync();
        var node = network.StartNode(onFirst ? network.First : network.Second, "orders", 7946);
        await node.LineAsync(line => Is(line, "orders", isLost: false));
        var publishing = network.StartOn(network.First, "avahi-publish", "-s", "payments 2", Type, "7947", "cluster=shop", "v=1");
        var found = JsonDocument.Parse(await node.LineAsync(line => Is(line, "payments 2", isLost: false))).RootElement;
        Assert.Equal("avahi-peer.local", found.GetProperty("Host").GetString());
        Assert.Equal("shop", found.GetProperty("Text").GetProperty("cluster").GetString());
        Assert.Contains("10.77.0.1:7947", found.GetProperty("endpoints").EnumerateArray().Select(endpoint => endpoint.GetString()));

        await publishing.TerminateAsync();
        await node.LineAsync(line => Is(line, "payments 2", isLost: true));
    }

    private static async Task<string[]> Browse(MdnsNetwork network)
    {
        var browsing = network.StartOn(network.First, "avahi-browse", "-rpt", Type);
        return [.. (await browsing.OutputAsync()).Split('\n').Where(line => line.StartsWith('='))];
    }

    private static bool Resolves(string line, string instance) => line.Split(';') is ["=", _, _, var name, ..] && name == instance;

    private static bool Is(string line, string instance, bool isLost)
    {
        var sighting = JsonDocument.Parse(line).RootElement;
        return sighting.GetProperty("Instance").GetString() == instance && sighting.GetProperty("IsLost").GetBoolean() == isLost;
    }
}
