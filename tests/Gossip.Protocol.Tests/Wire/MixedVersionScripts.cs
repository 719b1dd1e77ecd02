using Gossip.Simulation;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>A node of a later version among nodes of this one.</summary>
public sealed class MixedVersionScripts
{
    private static readonly MemberId Later = new(77);
    private static readonly PeerAddress LaterAddress = PeerAddress.From(System.Net.IPAddress.Parse("10.9.9.9"), 7390);

    /// <summary>A profile with two elements that this version does not know.</summary>
    private static byte[] LaterProfile => Foreign.Lengthened(Message((ref PacketWriter writer) =>
        writer.TryAlive(Later, new Incarnation(1_700_000_000_000_000), LaterAddress, "later", "zone", 2)), [0xC3, 0x81, 0xA1, 0x61, 0x92, 0x01, 0xC0]);

    private delegate bool Writing(ref PacketWriter writer);

    [Fact]
    public void A_later_node_is_let_in_and_its_profile_reaches_third_nodes_as_it_wrote_it()
    {
        using var world = new World(21);
        var forwarded = new HashSet<int>();
        world.AddCluster(5);
        Assert.True(world.RunUntil(world.IsInAgreement, TimeSpan.FromSeconds(5)), world.ToString());
        world.Network.Tap = (from, _, _, packet) =>
        {
            if (packet.AsSpan().IndexOf(LaterProfile) >= 0)
                forwarded.Add(from.Index);
        };
        byte[] unknown = [0x94, 0xCC, 0xC8, 0xA3, 0x6E, 0x65, 0x77, 0x93, 0x01, 0x02, 0x03, 0x81, 0x01, 0xC4, 0x01, 0xFF];
        byte[] ping = Foreign.Lengthened(Message((ref PacketWriter writer) => writer.TryPing(new Ping(9, 0, Later, 0, 0))), [0xC0, 0xC2]);

        var outbox = new Kept();
        world.Nodes[0].Do((node, now, real) =>
        {
            node.Receive(now, LaterAddress, Foreign.FrameOf([.. unknown, .. ping, .. unknown, .. LaterProfile]), Delivery.Datagram, outbox);
            Assert.Equal(2, node.Counters.Dropped(DropReason.UnknownMessage));
        });
        world.RunFor(TimeSpan.FromMilliseconds(500));

        Assert.Contains(outbox.Sent, sent => sent.Peer == LaterAddress && HasAck(sent.Packet, 9));
        Assert.All(world.Nodes, node => Assert.Equal(LaterProfile, node.Node.FindMember(Later)?.Profile.Encoded));
        Assert.All(world.Nodes, node => Assert.Equal(2, node.Node.FindMember(Later)!.Profile.ProtocolVersion));
        Assert.True(forwarded.Count > 1, "Only the first forwarded it.");
    }

    [Fact]
    public void A_node_that_joins_later_gets_the_profile_as_it_was_written()
    {
        using var world = new World(22);
        world.AddCluster(2);
        world.Nodes[0].Do((node, now, real) => node.Receive(now, LaterAddress, Foreign.FrameOf(LaterProfile), Delivery.Stream, real));
        world.RunFor(TimeSpan.FromMilliseconds(500));
        var newcomer = world.Add();
        newcomer.SeededBy(world.Nodes[1]);

        Assert.True(world.RunUntil(() => newcomer.Node.FindMember(Later) is not null, TimeSpan.FromSeconds(1)), world.ToString());
        Assert.Equal(LaterProfile, newcomer.Node.FindMember(Later)!.Profile.Encoded);
    }

    [Fact]
    public void A_delta_with_elements_of_a_later_version_is_passed_on_as_it_was_written()
    {
        using var world = new World(23);
        world.AddCluster(4);
        Assert.True(world.RunUntil(world.IsInAgreement, TimeSpan.FromSeconds(5)), world.ToString());
        var record = Foreign.Lengthened(Sample.Payload(Sample.Whole(Sample.Numbered("one", 5))), [0xA5, 0x6C, 0x61, 0x74, 0x65, 0x72, 0xC3]);
        var delta = Foreign.Lengthened(Message((ref PacketWriter writer) => writer.TryDelta(Later, 0, 1, 0, [new DeltaEntry("one", 1, record, default)])), [0xC3, 0xC3]);
        var forwarded = new HashSet<int>();
        world.Network.Tap = (from, _, _, packet) =>
        {
            if (packet.AsSpan().IndexOf(delta) >= 0)
                forwarded.Add(from.Index);
        };

        world.Nodes[0].Do((node, now, real) => node.Receive(now, LaterAddress, Foreign.FrameOf([.. LaterProfile, .. delta]), Delivery.Datagram, real));
        world.RunFor(TimeSpan.FromMilliseconds(500));

        Assert.All(world.Nodes, node => Assert.Equal(5, Assert.Single(node.Node.ServicesOf(Later)).Weight));
        Assert.True(forwarded.Count > 1, "Only the first forwarded it.");
    }

    private static bool HasAck(byte[] packet, uint sequence)
    {
        var body = Foreign.BodyOf(packet);
        var reader = new PacketReader(body);
        while (reader.TryNext(out var type, out var message))
        {
            if (type == MessageType.Ack && PacketReader.TryAck(message, out var ack) && ack.Sequence == sequence)
                return true;
        }

        return false;
    }

    private static byte[] Message(Writing write)
    {
        var buffer = new byte[1000];
        var writer = new PacketWriter(buffer);
        Assert.True(write(ref writer));
        return buffer[..writer.Length];
    }
}
