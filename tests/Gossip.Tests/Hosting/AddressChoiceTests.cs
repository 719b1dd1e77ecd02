using System.Net;
using System.Net.NetworkInformation;
using Gossip.Hosting;

namespace Gossip.Tests.Hosting;

public sealed class AddressChoiceTests
{
    [Theory]
    [InlineData("docker0 172.17.0.1; eth0 192.168.1.5", "192.168.1.5")]
    [InlineData("wg0 10.8.0.2; wlan0 192.168.1.5", "192.168.1.5")]
    [InlineData("tailscale0 100.64.0.9; enp3s0 10.0.0.4", "10.0.0.4")]
    [InlineData("eth1 10.0.1.4; eth0 10.0.2.4 gateway", "10.0.2.4")]
    [InlineData("eth0 169.254.3.4; eth1 10.0.0.4", "10.0.0.4")]
    [InlineData("eth0 203.0.113.5; eth1 10.0.0.4", "10.0.0.4")]
    [InlineData("eth0 203.0.113.5 gateway; eth1 10.0.0.4", "203.0.113.5")]
    [InlineData("lo 127.0.0.1; veth1 10.9.0.2", "10.9.0.2")]
    [InlineData("eth0 10.0.0.4 down; wlan0 10.0.0.5", "10.0.0.5")]
    [InlineData("lo 127.0.0.1", "127.0.0.1")]
    [InlineData("eth0 fd00::5; wlan0 10.0.0.5", "10.0.0.5")]
    public void The_address_that_others_most_likely_reach_is_chosen(string interfaces, string expected)
    {
        var chosen = AddressChoice.Choose(interfaces.Split("; ").Select(Read), ipv4Only: true);
        Assert.Equal(expected, chosen.Address.ToString());
        Assert.NotEmpty(chosen.Because);
    }

    [Fact]
    public void The_order_in_which_the_system_lists_them_does_not_matter()
    {
        InterfaceAddress[] interfaces = [Read("eth1 10.0.0.2"), Read("eth0 10.0.0.3"), Read("eth0 10.0.0.1")];
        Assert.Equal(AddressChoice.Choose(interfaces, true), AddressChoice.Choose(interfaces.Reverse(), true));
    }

    [Theory]
    [InlineData("eth0 10.0.0.3", "eth0 10.0.0.3", null)]
    [InlineData("eth0 10.0.0.3", "eth0 10.0.0.3; eth1 10.0.0.2", null)]
    [InlineData("eth0 10.0.0.3", "eth0 10.0.0.3 down; eth1 10.0.0.2", null)]
    [InlineData("eth0 10.0.0.3", "eth0 10.0.0.103", "10.0.0.103")]
    [InlineData("eth0 10.0.0.3", "lo 127.0.0.1", null)]
    [InlineData("eth0 10.0.0.3", "docker0 172.17.0.1", null)]
    [InlineData("eth0 10.0.0.3", "docker0 172.17.0.1; wlan0 192.168.1.5", "192.168.1.5")]
    [InlineData("docker0 172.17.0.1", "docker0 172.17.0.1; eth0 10.0.0.3", "10.0.0.3")]
    [InlineData("docker0 172.17.0.1", "docker0 172.18.0.1", "172.18.0.1")]
    [InlineData("eth0 169.254.1.2", "eth0 169.254.1.2; eth0 10.0.0.3", "10.0.0.3")]
    [InlineData("lo 127.0.0.1", "lo 127.0.0.1; docker0 172.17.0.1", "172.17.0.1")]
    [InlineData("lo 127.0.0.1", "lo 127.0.0.1; eth0 10.0.0.3", "10.0.0.3")]
    public void A_node_stays_where_it_is_until_its_address_has_gone_or_a_makeshift_has_become_needless(string before, string interfaces, string? expected)
    {
        var current = AddressChoice.Choose(before.Split("; ").Select(Read), ipv4Only: true);
        var next = AddressChoice.Follow(current, [.. interfaces.Split("; ").Select(Read)], ipv4Only: true, isPatient: true);
        Assert.Equal(expected, next?.Address.ToString());
    }

    [Fact]
    public void Who_has_waited_long_enough_for_a_real_address_takes_a_bridge()
    {
        var current = AddressChoice.Choose([Read("eth0 10.0.0.3")], ipv4Only: true);
        var next = AddressChoice.Follow(current, [Read("docker0 172.17.0.1")], ipv4Only: true, isPatient: false);
        Assert.Equal("172.17.0.1", next?.Address.ToString());
    }

    [Fact]
    public void This_machine_has_addresses() => Assert.Contains(AddressChoice.OfThisMachine(), own => IPAddress.IsLoopback(own.Address));

    private static InterfaceAddress Read(string text)
    {
        var words = text.Split(' ');
        var type = words[0] == "lo" ? NetworkInterfaceType.Loopback : NetworkInterfaceType.Ethernet;
        return new InterfaceAddress(words[0], type, !words.Contains("down"), words.Contains("gateway"), IPAddress.Parse(words[1]));
    }
}
