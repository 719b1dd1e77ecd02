using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Tests.Transport;

public sealed class LinkLocalScopesTests
{
    private static readonly PeerAddress Plain = TestPorts.Peer("[fe80::1]:7390");

    private readonly LinkLocalScopes _scopes = new(own: 2);

    [Fact]
    public void A_link_local_peer_that_was_never_heard_is_on_the_interface_of_the_node_itself() =>
        Assert.Equal(Plain.WithScope(2), _scopes.Reach(Plain));

    [Fact]
    public void A_peer_is_reached_where_it_was_last_heard_on_whatever_port()
    {
        Assert.Equal(Plain.WithPort(9), _scopes.Learn(Plain.WithPort(9).WithScope(3)));
        Assert.Equal(Plain.WithScope(3), _scopes.Reach(Plain));
        _scopes.Learn(Plain.WithScope(2));
        Assert.Equal(Plain.WithScope(2), _scopes.Reach(Plain));
    }

    [Fact]
    public void A_seed_that_names_its_interface_is_reached_there()
    {
        Assert.Equal(Plain.WithScope(5), _scopes.Reach(Plain.WithScope(5)));
        Assert.Equal(Plain.WithScope(5), _scopes.Reach(Plain));
    }

    [Theory]
    [InlineData("10.1.2.3:7390")]
    [InlineData("[fd00::1]:7390")]
    [InlineData("[fec0::1]:7390")]
    public void All_other_addresses_are_left_alone(string address)
    {
        var peer = TestPorts.Peer(address);
        Assert.Equal(peer, _scopes.Reach(peer));
        Assert.Equal(peer, _scopes.Learn(peer));
    }

    [Fact]
    public void A_crowd_of_peers_is_not_remembered_for_ever()
    {
        for (var i = 0; i < 5000; i++)
            _scopes.Learn(TestPorts.Peer($"[fe80::{i + 1:x}]:7390").WithScope(3));
        Assert.Equal(2u, _scopes.Reach(TestPorts.Peer("[fe80::1388]:7390")).Scope);
    }
}
