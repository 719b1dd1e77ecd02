namespace Gossip.Tests;

public sealed class PeerFactTests
{
    [Fact]
    public void A_missing_peer_skips_the_test_with_its_reason_unless_peers_are_required()
    {
        var isRequired = Environment.GetEnvironmentVariable("GOSSIP_REQUIRE_PEERS") == "1";
        Assert.Equal(isRequired ? null : "Needs no-such-program.", new PeerFactAttribute("no-such-program").Skip);
    }
}
