using System.Net;
using Gossip.Simulation;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests;

/// <summary>How a node learns what it looks like to others.</summary>
public sealed class MirrorScripts
{
    private static readonly PeerAddress Elsewhere = PeerAddress.From(IPAddress.Parse("203.0.113.7"), 4711);

    [Fact]
    public void A_ping_from_another_address_than_its_sender_advertises_is_answered_with_it_and_not_with_more_bytes()
    {
        using var world = Converged(1, 4);
        var (sender, responder) = (world.Nodes[0], world.Nodes[1]);

        var (question, answer) = AnswerTo(sender, responder, Elsewhere);

        Assert.Equal(Elsewhere, answer.SeenAs);
        Assert.True(answer.Length <= question, $"{answer.Length} bytes for {question}");
    }

    [Theory]
    [InlineData(100)]
    [InlineData(300)]
    public void The_address_goes_before_the_version_where_there_is_no_room_for_both(int writes)
    {
        using var world = Converged(1, 4);
        var (sender, responder) = (world.Nodes[0], world.Nodes[1]);
        for (var i = 0; i < writes; i++)
            sender.Register(Sample.Numbered("a", i));
        world.RunFor(TimeSpan.FromSeconds(3));

        var (question, answer) = AnswerTo(sender, responder, Elsewhere);

        Assert.Equal(Elsewhere, answer.SeenAs);
        Assert.Equal(writes < 128 ? (ulong)writes : 0, answer.Held);
        Assert.True(answer.Length <= question, $"{answer.Length} bytes for {question}");
        Assert.Equal((ulong)writes, AnswerTo(sender, responder, sender.Address).Answer.Held);
    }

    [Fact]
    public void A_ping_from_the_advertised_address_or_from_loopback_is_answered_without()
    {
        using var world = Converged(1, 4);
        var (sender, responder) = (world.Nodes[0], world.Nodes[1]);
        Assert.True(AnswerTo(sender, responder, sender.Address).Answer.SeenAs == default);
        Assert.True(AnswerTo(sender, responder, PeerAddress.From(IPAddress.Loopback, 5)).Answer.SeenAs == default);
    }

    [Fact]
    public void Who_is_told_remembers_the_address_and_how_many_said_so()
    {
        using var world = Converged(1, 4);
        var sender = world.Nodes[0];
        foreach (var responder in world.Nodes.Skip(1))
        {
            sender.Do((node, now, outbox) => node.Join(now, Unknown(responder), outbox));
            Tell(sender, responder);
        }

        var seen = Assert.Single(sender.Node.ObservedAddresses);
        Assert.Equal((Elsewhere, 3), (seen.Address, seen.Peers));
    }

    /// <summary>Another address of a member, at which the sender does not know it yet, and so asks.</summary>
    private static PeerAddress Unknown(SimulatedNode node) => PeerAddress.From(IPAddress.Parse("192.0.2.1"), 1000 + node.Index);

    private static void Tell(SimulatedNode sender, SimulatedNode responder)
    {
        var asked = new Kept();
        sender.Do((node, now, _) => node.Join(now + TimeSpan.FromSeconds(1), Unknown(responder), asked));
        var reader = new PacketReader(Foreign.BodyOf(asked.Sent[^1].Packet));
        Assert.True(reader.TryNext(out _, out var message) && PacketReader.TryPing(message, out var ping));
        PacketReader.TryPing(message, out ping);
        var body = new byte[64];
        var writer = new PacketWriter(body);
        writer.TryAck(new Ack(ping.Sequence, ping.Token, responder.Node.Self.Id.Tag, 0, SeenAs: Elsewhere));
        var frame = Foreign.FrameOf(body.AsSpan(0, writer.Length));
        sender.Do((node, now, outbox) => node.Receive(now, Unknown(responder), frame, Delivery.Datagram, outbox));
    }

    private static (int Question, (PeerAddress SeenAs, ulong Held, int Length) Answer) AnswerTo(SimulatedNode sender, SimulatedNode responder, PeerAddress from)
    {
        var body = new byte[64];
        var writer = new PacketWriter(body);
        writer.TryPing(new Ping(0xABCDE, 0, sender.Node.Self.Id, responder.Node.Self.Id.Tag, 0xFFFFFFFF));
        var frame = Foreign.FrameOf(body.AsSpan(0, writer.Length));
        var answered = new Kept();
        responder.Do((node, now, _) => node.Receive(now, from, frame, Delivery.Datagram, answered));
        var packet = Assert.Single(answered.Sent).Packet;
        var reader = new PacketReader(Foreign.BodyOf(packet));
        Assert.True(reader.TryNext(out var type, out var message) && type == MessageType.Ack);
        Assert.True(PacketReader.TryAck(message, out var ack));
        return (frame.Length, (ack.SeenAs, ack.Held, packet.Length));
    }
}
