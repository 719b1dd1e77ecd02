using System.Net;

namespace Gossip.Protocol.Tests.Membership;

/// <summary>What a node makes of those that hold, or claim, an address when it moves.</summary>
public sealed class ReaddressScripts
{
    private static readonly PeerAddress Elsewhere = PeerAddress.From(IPAddress.Parse("172.16.0.1"), 7390);
    private static readonly MemberId Other = new(77);

    /// <summary>Of two hosts that exchange their addresses each hears of the other's claim first, and sees its own change within seconds.</summary>
    [Theory]
    [InlineData(5, true)]
    [InlineData(59, true)]
    [InlineData(60, false)]
    [InlineData(86_400, false)]
    public void Who_claimed_the_address_that_a_node_leaves_is_known_there_only_if_that_was_of_late(int seconds, bool isKnown)
    {
        var outbox = new Kept();
        using var node = new Node(Sample.Options(1), new Randomness(1), Instant.Start);
        var left = node.Self.Address;
        var heard = Instant.Start + TimeSpan.FromSeconds(10);
        node.Receive(heard, Elsewhere, GreetingOf(left, node.Self.Claim.Incarnation.Next), Delivery.Datagram, outbox);
        Assert.Equal((left, null), (node.Self.Address, node.FindMember(Other)));

        node.Readdress(heard + TimeSpan.FromSeconds(seconds), Elsewhere, outbox);

        Assert.Equal(Elsewhere, node.Self.Address);
        Assert.Equal(isKnown ? (left, MemberState.Alive) : null, Seen(node));
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
