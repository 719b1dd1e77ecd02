using System.Net;

namespace Gossip.Protocol.Tests.Membership;

/// <summary>What a node makes of those that hold, or claim, an address when it moves.</summary>
public sealed class ReaddressScripts
{
    private static readonly PeerAddress Elsewhere = PeerAddress.From(IPAddress.Parse("172.16.0.1"), 7390);
    private static readonly MemberId Other = new(77);

    /// <summary>Of two hosts that exchange their addresses each hears of the other's claim first, and sees its own change within seconds.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_node_that_moves_asks_who_is_at_the_address_that_it_leaves_if_somebody_has_claimed_it(bool isClaimed)
    {
        var outbox = new Kept();
        using var node = new Node(Sample.Options(1), new Randomness(1), Instant.Start);
        var left = node.Self.Address;
        var heard = Instant.Start + TimeSpan.FromSeconds(10);
        if (isClaimed)
            node.Receive(heard, Elsewhere, GreetingOf(left, node.Self.Claim.Incarnation.Next), Delivery.Datagram, outbox);
        Assert.Equal((left, null), (node.Self.Address, node.FindMember(Other)));

        node.Readdress(heard + TimeSpan.FromSeconds(5), Elsewhere, outbox);

        Assert.Equal(Elsewhere, node.Self.Address);
        Assert.Equal(isClaimed, outbox.Sent.Exists(sent => sent.Peer == left));
    }

    [Fact]
    public void Who_cannot_move_for_its_incarnations_are_used_up_holds_nobody_dead_for_it()
    {
        var outbox = new Kept();
        using var node = new Node(Sample.Options(1) with { Incarnation = new Incarnation(Limits.Incarnation - 1) }, new Randomness(1), Instant.Start);
        var before = node.Self.Address;
        node.Receive(Instant.Start, Elsewhere, GreetingOf(Elsewhere, new Incarnation(1)), Delivery.Datagram, outbox);

        node.Readdress(Instant.Start, Elsewhere, outbox);

        Assert.Equal(before, node.Self.Address);
        Assert.Equal((Elsewhere, MemberState.Alive), Seen(node));
    }

    private static (PeerAddress Address, MemberState State)? Seen(Node node) =>
        node.FindMember(Other) is { } seen ? (seen.Address, seen.State) : null;

    /// <summary>The first question of another node at an address.</summary>
    private static byte[] GreetingOf(PeerAddress address, Incarnation incarnation)
    {
        var outbox = new Kept();
        using var node = new Node(Sample.Options(2) with { Id = Other, Address = address, Incarnation = incarnation }, new Randomness(2), Instant.Start);
        node.Join(Instant.Start, PeerAddress.From(IPAddress.Parse("172.16.0.9"), 7390), outbox);
        return outbox.Sent[0].Packet;
    }
}
