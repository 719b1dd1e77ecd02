using System.Text.Json;

namespace Gossip.Tests.Mdns;

/// <summary>Interfaces that come, go, and are left out.</summary>
public sealed class InterfaceTests
{
    [PeerFact("netns", IsNightly = true)]
    public async Task An_interface_that_is_added_later_is_used_and_one_that_goes_is_given_up()
    {
        await using var network = await MdnsNetwork.StartAsync(avahi: false);
        var node = network.StartNode(network.Second, "orders", 7946);
        var other = network.StartNode(network.First, "payments", 7947);
        await node.LineAsync(line => Is(line, "payments", "eth0 IPv4", isLost: false));

        await network.AddCableAsync();
        var found = JsonDocument.Parse(await node.LineAsync(line => Is(line, "payments", "eth1 IPv4", isLost: false))).RootElement;
        Assert.Equal(["10.78.0.1:7947"], found.GetProperty("endpoints").EnumerateArray().Select(endpoint => endpoint.GetString()));
        await other.LineAsync(line => Is(line, "orders", "eth1 IPv4", isLost: false));

        await network.RemoveCableAsync();
        await node.LineAsync(line => Is(line, "payments", "eth1 IPv4", isLost: true));
    }

    [PeerFact("netns", IsNightly = true)]
    public async Task An_interface_that_is_excluded_is_left_alone()
    {
        await using var network = await MdnsNetwork.StartAsync(avahi: false);
        await network.AddCableAsync();
        var node = network.StartNode(network.Second, "orders", 7946, "--interface=eth*", "--interface=!eth0");
        var other = network.StartNode(network.First, "payments", 7947);
        await node.LineAsync(line => Is(line, "payments", "eth1 IPv4", isLost: false));
        // All interfaces are opened in one turn, and both machines announce at once on each: eth0 would have been heard by now.
        await other.LineAsync(line => Is(line, "orders", "eth1 IPv4", isLost: false));
        Assert.DoesNotContain(await node.EndAsync(), line => line.Contains("eth0", StringComparison.Ordinal));
        Assert.DoesNotContain(await other.EndAsync(), line => Is(line, "orders", "eth0 IPv4", isLost: false));
    }

    private static bool Is(string line, string instance, string link, bool isLost)
    {
        var sighting = JsonDocument.Parse(line).RootElement;
        return sighting.GetProperty("Instance").GetString() == instance && sighting.GetProperty("Link").GetString() == link
            && sighting.GetProperty("IsLost").GetBoolean() == isLost;
    }
}
