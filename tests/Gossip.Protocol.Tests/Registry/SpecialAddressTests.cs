using System.Net;

namespace Gossip.Protocol.Tests.Registry;

public sealed class SpecialAddressTests
{
    private static readonly PeerAddress Lan = PeerAddress.From(IPAddress.Parse("10.0.0.7"), 7390);
    private static readonly PeerAddress Loopback = PeerAddress.From(IPAddress.Loopback, 7390);

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.170.2")]
    [InlineData("2852039166")]
    [InlineData("0xA9FEA9FE")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("[::ffff:a9fe:a9fe]")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("fd00:ec2::254")]
    [InlineData("168.63.129.16")]
    [InlineData("100.100.100.200")]
    [InlineData("fe80::1")]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("::")]
    [InlineData("224.0.0.1")]
    [InlineData("ff02::1")]
    [InlineData("255.255.255.255")]
    public void Nobody_is_sent_to_such_an_address_whoever_names_it(string host)
    {
        Assert.True(SpecialAddresses.Refuses(At(host), Lan));
        Assert.True(SpecialAddresses.Refuses(At(host), Loopback));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.1")]
    [InlineData("127.0.0.1.")]
    [InlineData("::1")]
    [InlineData("[::1]")]
    [InlineData("localhost")]
    [InlineData("LOCALHOST.")]
    [InlineData("any.localhost")]
    public void Loopback_is_for_members_that_are_there(string host)
    {
        Assert.True(SpecialAddresses.Refuses(At(host), Lan));
        Assert.False(SpecialAddresses.Refuses(At(host), Loopback));
        Assert.False(SpecialAddresses.Refuses(At(host), PeerAddress.From(IPAddress.Parse("127.0.0.9"), 1)));
        Assert.False(SpecialAddresses.Refuses(At(host), PeerAddress.From(IPAddress.IPv6Loopback, 1)));
    }

    [Theory]
    [InlineData("169.254.7.7")]
    [InlineData("fe80::7")]
    public void A_member_that_answers_at_such_an_address_may_be_called_there_and_at_no_other(string host)
    {
        var owner = PeerAddress.From(IPAddress.Parse(host), 7390);
        Assert.False(SpecialAddresses.Refuses(At(host), owner));
        Assert.True(SpecialAddresses.Refuses(At("169.254.169.254"), owner));
    }

    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("fd00:ec2::254")]
    public void Nobody_is_at_a_platforms_address_whoever_claims_it(string host)
    {
        var claimed = PeerAddress.From(IPAddress.Parse(host), 80);
        Assert.True(SpecialAddresses.Refuses(At(host), claimed));
        Assert.False(SpecialAddresses.IsPlausible(claimed, Lan));
        Assert.False(SpecialAddresses.IsPlausible(claimed, claimed));
    }

    [Fact]
    public void Members_are_at_loopback_only_for_a_node_that_is_there()
    {
        Assert.False(SpecialAddresses.IsPlausible(Loopback, Lan));
        Assert.True(SpecialAddresses.IsPlausible(Loopback, Loopback));
        Assert.True(SpecialAddresses.IsPlausible(Lan, Loopback));
        Assert.True(SpecialAddresses.IsPlausible(Lan, Lan));
    }

    [Theory]
    [InlineData("10.0.0.8")]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    [InlineData("64:ff9b::a00:8")]
    [InlineData("fd00::1")]
    [InlineData("api.example.org")]
    [InlineData("localhost.example.org")]
    public void Every_other_address_and_name_will_do(string host) => Assert.False(SpecialAddresses.Refuses(At(host), Lan));

    private static ServiceEndpoint At(string host) => new("http", "http", host, 80);
}
