namespace Gossip.Protocol.Tests;

/// <summary>A bug in the shell lets an outbox throw: what the node was about ends there, and touches nothing that it finds next.</summary>
public sealed class FailingOutboxScripts
{
    [Fact]
    public void What_a_tick_finds_after_a_newcomers_briefing_has_failed_is_told_all_the_same()
    {
        using var node = new Node(Sample.Options(1), new Randomness(1), Instant.Start);
        var now = Instant.Start;
        // The newcomer knows one member, which answers nothing, and is told of the cluster by stream when its outbox fails.
        node.Receive(now, Sample.Options(2).Address, ProfileOf(2), Delivery.Datagram, new Kept());
        var seed = Sample.Options(3).Address;
        Assert.Throws<InvalidOperationException>(() => node.Receive(now, seed, ProfileOf(3), Delivery.Stream, new Broken()));
        Assert.False(node.IsSynchronized);

        var kept = new Kept();
        while (node.NextDeadline is var next && next < now + TimeSpan.FromSeconds(4))
            node.Tick(next, kept);

        var suspected = Assert.Single(node.Members, member => member.Id == Sample.Options(2).Id);
        Assert.Equal(MemberState.Suspect, suspected.State);
        Assert.Contains(kept.Sent, sent => sent.Peer == seed && Accuses(sent.Packet, suspected.Id));
    }

    private static byte[] ProfileOf(int number)
    {
        using var other = new Node(Sample.Options(number), new Randomness((ulong)number), Instant.Start);
        return Foreign.FrameOf(other.Self.Profile.Encoded);
    }

    private static bool Accuses(byte[] packet, MemberId member)
    {
        var reader = new PacketReader(Foreign.BodyOf(packet));
        while (reader.TryNext(out var type, out var message))
        {
            if (type == MessageType.Suspect && PacketReader.TryAccusation(type, message, out var accusation) && accusation.Member == member)
                return true;
        }

        return false;
    }

    private sealed class Broken : IOutbox
    {
        public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery) =>
            throw new InvalidOperationException("Nothing is sent.");

        public void Publish(in ClusterEvent happened) => throw new InvalidOperationException("Nothing is told.");
    }
}
