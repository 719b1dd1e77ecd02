using System.Text.Json;

namespace Gossip.Tests.Mdns;

/// <summary>Our node and avahi want the same name: whoever comes later takes another one, and both are found.</summary>
public sealed class AvahiConflictTests
{
    private const string Type = "_gossip._udp";

    [PeerFact("netns", "avahi-daemon", "avahi-publish", "dbus-daemon")]
    public Task A_name_that_avahi_holds_on_the_same_machine_is_left_to_it() => AvahiHoldsTheName(onFirst: true);

    [PeerFact("netns", "avahi-daemon", "avahi-publish", "dbus-daemon", IsNightly = true)]
    public Task A_name_that_avahi_holds_on_another_machine_is_left_to_it() => AvahiHoldsTheName(onFirst: false);

    [PeerFact("netns", "avahi-daemon", "avahi-publish", "avahi-browse", "dbus-daemon")]
    public async Task A_name_that_our_node_holds_is_left_to_it_by_avahi()
    {
        await using var network = await MdnsNetwork.StartAsync();
        var node = network.StartNode(network.Second, "orders", 7946);
        await node.LineAsync(line => IsOwn(line, "orders"));
        network.StartOn(network.First, "avahi-publish", "-s", "orders", Type, "1");
        // Avahi's way to number names.
        var theirs = JsonDocument.Parse(await node.LineAsync(line => !IsOwn(line, null))).RootElement;
        Assert.Equal("orders #2", theirs.GetProperty("Instance").GetString());
    }

    [PeerFact("netns", "avahi-daemon", "avahi-browse", "dbus-daemon", IsNightly = true)]
    public async Task A_host_name_that_avahi_holds_gets_a_number()
    {
        await using var network = await MdnsNetwork.StartAsync();
        var node = network.StartOn(network.Second, [.. ChildProcess.Peer, "mdns", "orders", "avahi-peer", "7946"]);
        var own = JsonDocument.Parse(await node.LineAsync(line => IsOwn(line, "orders"))).RootElement;
        Assert.Equal("avahi-peer-2.local", own.GetProperty("Host").GetString());
        var browsing = network.StartOn(network.First, "avahi-browse", "-rpt", Type);
        Assert.Contains((await browsing.OutputAsync()).Split('\n'), line => line.Split(';') is ["=", _, _, "orders", _, _, "avahi-peer-2.local", "10.77.0.2", ..]);
    }

    private static async Task AvahiHoldsTheName(bool onFirst)
    {
        await using var network = await MdnsNetwork.StartAsync();
        var publishing = network.StartOn(network.First, "sh", "-c", $"exec avahi-publish -s orders {Type} 1 2>&1");
        await publishing.LineAsync(line => line.StartsWith("Established", StringComparison.Ordinal));
        var node = network.StartNode(onFirst ? network.First : network.Second, "orders", 7946);
        await node.LineAsync(line => IsOwn(line, "orders (2)"));
        var theirs = JsonDocument.Parse(await node.LineAsync(line => !IsOwn(line, null) && InstanceOf(line) == "orders")).RootElement;
        Assert.Contains("10.77.0.1:1", theirs.GetProperty("endpoints").EnumerateArray().Select(endpoint => endpoint.GetString()));
        // The name was never ours, not for a moment.
        Assert.DoesNotContain(await node.EndAsync(), line => IsOwn(line, "orders"));
    }

    private static string? InstanceOf(string line) => JsonDocument.Parse(line).RootElement.GetProperty("Instance").GetString();

    private static bool IsOwn(string line, string? instance) =>
        JsonDocument.Parse(line).RootElement.GetProperty("IsOwn").GetBoolean() && (instance is null || InstanceOf(line) == instance);
}
