using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Gossip.Bootstrap;
using Gossip.Configuration;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Tests.Mdns;

public sealed class MdnsAdvertisementTests
{
    private static readonly MdnsAdvertisement Ethernet = new(
        "eth0", NetworkInterfaceType.Ethernet, IsUp: true, CarriesMulticast: true, IndexV4: 2, IndexV6: 2,
        [(IPAddress.Parse("10.0.0.1"), 24), (IPAddress.Parse("fe80::1"), 64)]);

    public static TheoryData<string, object, string[], bool, string> Cards => new()
    {
        { "a card", Ethernet, [], true, "up, with multicast" },
        { "loopback", Ethernet with { Type = NetworkInterfaceType.Loopback }, ["*"], false, "loopback" },
        { "down", Ethernet with { IsUp = false }, ["*"], false, "down" },
        { "no multicast", Ethernet with { CarriesMulticast = false }, ["*"], false, "no multicast" },
        { "no address", Ethernet with { Subnets = [] }, ["*"], false, "neither" },
        { "a global IPv6 address alone", Ethernet with { Subnets = [(IPAddress.Parse("2001:db8::1"), 64)] }, [], false, "neither" },
        { "a bridge", Ethernet with { Name = "docker0" }, [], true, "bridge" },
        { "a bridge left out", Ethernet with { Name = "docker0" }, ["!docker*"], false, "excluded by '!docker*'" },
        { "a VPN", Ethernet with { Name = "wg0" }, [], false, "point-to-point" },
        { "a tunnel", Ethernet with { Type = NetworkInterfaceType.Tunnel }, [], false, "point-to-point" },
        { "a VPN named", Ethernet with { Name = "wg0" }, ["WG?"], true, "named by 'WG?'" },
        { "not named", Ethernet, ["wlan*"], false, "nothing in Gossip:Mdns:Interfaces names it" },
        { "named and excluded", Ethernet, ["eth*", "!eth0"], false, "excluded by '!eth0'" },
        { "another excluded", Ethernet, ["!wlan*"], true, "up, with multicast" },
    };

    [Theory]
    [MemberData(nameof(Cards))]
    public void An_interface_is_used_or_not_for_a_reason(string what, object card, string[] patterns, bool isUsed, string reason)
    {
        var verdict = ((MdnsAdvertisement)card).Judge(new MdnsPatterns(patterns));
        Assert.True(isUsed == verdict.IsUsed, what);
        Assert.Contains(reason, verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_is_a_link_for_each_family_it_has_an_address_of()
    {
        Assert.Equal([AddressFamily.InterNetwork, AddressFamily.InterNetworkV6], Ethernet.Links().Select(link => link.Family));
        Assert.Equal([AddressFamily.InterNetworkV6], (Ethernet with { Subnets = [Ethernet.Subnets[1]] }).Links().Select(link => link.Family));
        Assert.Equal([AddressFamily.InterNetwork], (Ethernet with { IndexV6 = null }).Links().Select(link => link.Family));
    }

    [Fact]
    public void A_node_that_hears_IPv4_alone_tells_no_address_of_IPv6_and_uses_no_link_of_it()
    {
        var link = Assert.Single(Ethernet.ForIPv4Only().Links());
        Assert.Equal((AddressFamily.InterNetwork, "10.0.0.1"), (link.Family, Assert.Single(link.Addresses).ToString()));
        var verdict = (Ethernet with { Subnets = [Ethernet.Subnets[1]] }).ForIPv4Only().Judge(new MdnsPatterns([]));
        Assert.False(verdict.IsUsed);
        Assert.Contains("listens at IPv4 addresses only", verdict.Reason);
        Assert.True(Ethernet.ForIPv4Only().Judge(new MdnsPatterns([])).IsUsed);
    }

    [Theory]
    [InlineData("eth0", true)]
    [InlineData("!docker*", true)]
    [InlineData("*", true)]
    [InlineData("", false)]
    [InlineData("!", false)]
    [InlineData("!!eth0", false)]
    [InlineData("eth0 eth1", false)]
    [InlineData("10.0.0.0/8", false)]
    public void A_pattern_that_can_name_no_interface_is_told(string pattern, bool isGood) => Assert.Equal(isGood, MdnsPatterns.Problem(pattern) is null);

    [Theory]
    [InlineData(null, false, false, true)]
    [InlineData(null, true, false, false)]
    [InlineData(true, true, false, true)]
    [InlineData(false, false, false, false)]
    [InlineData(null, false, true, false)]
    public void In_Kubernetes_mdns_is_off_unless_it_is_asked_for_and_the_log_says_so(bool? told, bool isInKubernetes, bool isLocal, bool isWanted)
    {
        using var log = new TestLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        Assert.Equal(isWanted, MdnsSeeds.AreWanted(told, Node(isLocal ? "127.0.0.1" : "10.0.0.1"), isInKubernetes, loggers.CreateLogger("Gossip")));
        Assert.Equal(told is null && isInKubernetes ? 1 : 0, log.Entries.Count(entry => entry.Text.Contains("Gossip:UseMdns", StringComparison.Ordinal)));
    }

    [Fact]
    public void Endpoints_at_the_nodes_own_address_are_services_of_the_link()
    {
        var service = new ServiceRecord
        {
            InstanceId = "orders-host-1a2b",
            Service = "orders",
            Version = "1.2",
            Endpoints =
            [
                new("http", "http", "10.0.0.1", 8080), new("http-8081", "http", "10.0.0.1", 8081), new("grpc", "grpc", "10.0.0.1", 8082),
                new("https", "https", "orders.example", 443), new("odd", "a.scheme+of-no-service", "10.0.0.1", 1),
            ],
        };
        var services = MdnsEndpoints.Of(service, Node("10.0.0.1"));
        Assert.Equal(
            [("_http._tcp.local", "orders-host-1a2b", 8080), ("_http._tcp.local", "orders-host-1a2b http-8081", 8081), ("_grpc._tcp.local", "orders-host-1a2b", 8082)],
            services.Select(one => (one.Type, one.Instance, one.Port)));
        Assert.All(services, one => Assert.Equal(("orders", "1.2"), (one.Text["service"], one.Text["version"])));
        var dotted = MdnsEndpoints.Of(service with { Service = "заказы", InstanceId = "Shop.Orders-1" }, Node("10.0.0.1"))[0];
        Assert.Equal(("Shop-Orders-1", "%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7%D1%8B"), (dotted.Instance, dotted.Text["service"]));
    }

    private static NodeIdentity Node(string address)
    {
        var peer = PeerAddress.From(IPAddress.Parse(address), 7390);
        return new NodeIdentity(new MemberId(1), "node", "default", peer, peer, "test");
    }
}
