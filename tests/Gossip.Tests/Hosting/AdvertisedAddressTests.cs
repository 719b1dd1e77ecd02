using Gossip.Hosting;
using Microsoft.Extensions.Options;

namespace Gossip.Tests.Hosting;

/// <summary>An address that the options give is one at which the node hears somebody.</summary>
public sealed class AdvertisedAddressTests
{
    [Theory]
    [InlineData("fe80::1", "Gossip:AdvertiseAddress is 'fe80::1', an IPv6 address, and the node listens at 127.0.0.1, where only IPv4 arrives. Set ")]
    [InlineData("[fd00::1]:7390", "Gossip:AdvertiseAddress is '[fd00::1]:7390', an IPv6 address, and the node listens at 127.0.0.1, where only IPv4 arrives. Set ")]
    public async Task An_advertised_address_of_a_family_that_the_node_does_not_hear_stops_the_start(string address, string message)
    {
        await using var host = TestHost.Build(configuration: [new("Gossip:AdvertiseAddress", address)]);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(host.StartAsync);
        Assert.StartsWith(message, Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[::1]:1", "10.1.2.3:1", "where only IPv6 arrives")]
    [InlineData("0.0.0.0:1", "[fd00::1]:1", "where only IPv4 arrives")]
    [InlineData("[::]:1", "[fe80::1]:1", "such as fe80::1%eth0.")]
    [InlineData("[::]:1", "[fe80::1%2]:1", null)]
    [InlineData("[::]:1", "10.1.2.3:1", null)]
    [InlineData("[::]:1", "[fd00::1]:1", null)]
    [InlineData("0.0.0.0:1", "10.1.2.3:1", null)]
    [InlineData("127.0.0.1:1", "10.1.2.3:1", null)]
    public void An_advertised_address_is_one_that_the_node_hears(string local, string advertised, string? problem)
    {
        var found = NodeLauncher.ProblemOf(TestPorts.Peer(advertised), TestPorts.Peer(local));
        if (problem is null)
            Assert.Null(found);
        else
            Assert.Contains(problem, found, StringComparison.Ordinal);
    }
}
