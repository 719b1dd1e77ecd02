using Gossip.Simulation;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests.Dissemination;

/// <summary>What an owner may say of the spread of its news, and how soon it can.</summary>
public sealed class ProofScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_proof_takes_the_head_start_of_the_rumour_and_a_few_round_trips()
    {
        using var world = Standing(1, 128);
        var owner = world.Nodes[7];

        Write(owner);
        owner.Prove();

        Assert.True(world.RunUntil(() => IsProven(owner), TimeSpan.FromMilliseconds(20)), $"{owner.Node.Proof} {world}");
        Assert.Equal(127, owner.Node.Proof?.Total);
        AssertTrue(world, owner);
    }

    [Theory]
    [InlineData(0.25)]
    [InlineData(0.6)]
    public void A_proof_is_complete_although_packets_are_lost(double loss)
    {
        foreach (var seed in Seeds(5))
        {
            using var world = Standing(seed, 128);
            world.Network.Loss = loss;
            var owner = world.Nodes[7];

            Write(owner);
            owner.Prove();

            Assert.True(world.RunUntil(() => IsProven(owner), 2 * Second), $"{owner.Node.Proof} {world}");
            AssertTrue(world, owner);
        }
    }

    [Fact]
    public void Who_missed_the_rumour_is_told_with_the_question()
    {
        using var world = Converged(2, 32);
        var owner = world.Nodes[7];
        world.Network.Loss = 1;
        Write(owner);
        Write(owner, "b");
        world.RunFor(Second / 10);
        world.Network.Loss = 0;

        owner.Prove();

        Assert.True(world.RunUntil(() => IsProven(owner), Second / 5), $"{owner.Node.Proof} {world}");
        AssertTrue(world, owner);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    public void Records_that_no_datagram_holds_are_proven_too(double loss)
    {
        using var world = Converged(3, 32);
        world.Network.Loss = loss;
        var owner = world.Nodes[7];

        owner.Register(new ServiceRecord { InstanceId = "a", Service = "orders", Metadata = new Dictionary<string, string> { ["note"] = new string('x', 15_000) } });
        owner.Prove();

        Assert.True(world.RunUntil(() => IsProven(owner), 3 * Second), $"{owner.Node.Proof} {world}");
        AssertTrue(world, owner);
    }

    [Fact]
    public void Where_no_datagram_gets_through_a_proof_goes_by_stream()
    {
        using var world = Converged(4, 16);
        var owner = world.Nodes[7];
        world.Network.Loss = 1;

        Write(owner);
        owner.Prove();

        Assert.True(world.RunUntil(() => IsProven(owner), 3 * Second), $"{owner.Node.Proof} {world}");
        AssertTrue(world, owner);
    }

    [Fact]
    public void A_member_that_is_paused_is_missing_until_it_is_suspected_and_then_does_not_count()
    {
        using var world = Converged(5, 16);
        var owner = world.Nodes[7];
        world.Nodes[3].Pause(10 * Second);

        Write(owner);
        owner.Prove();

        Assert.False(world.RunUntil(() => IsProven(owner), Second / 2), world.ToString());
        Assert.Equal(new Proof(1, 14, 15), owner.Node.Proof);
        Assert.True(world.RunUntil(() => IsProven(owner), 4 * Second), $"{owner.Node.Proof} {world}");
        Assert.Equal(new Proof(1, 14, 14), owner.Node.Proof);
        AssertTrue(world, owner);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_member_that_dies_or_leaves_meanwhile_drops_out(bool leaves)
    {
        using var world = Converged(6, 16);
        var owner = world.Nodes[7];
        world.Network.Partition([world.Nodes[3]]);
        Write(owner);
        owner.Prove();
        world.RunFor(Second / 4);
        Assert.Equal(new Proof(1, 14, 15), owner.Node.Proof);

        world.Network.Heal();
        world.Network.Cut(owner, world.Nodes[3]);
        if (leaves)
            world.Nodes[3].Leave();
        else
            world.Nodes[3].Crash();

        Assert.True(world.RunUntil(() => IsProven(owner), 3 * Second), $"{owner.Node.Proof} {world}");
        Assert.Equal(new Proof(1, 14, 14), owner.Node.Proof);
    }

    [Fact]
    public void Who_joins_meanwhile_is_asked_too()
    {
        using var world = Converged(7, 8);
        var owner = world.Nodes[5];
        Part(world, owner, world.Nodes[3]);
        Write(owner);
        owner.Prove();
        world.RunFor(Second / 4);

        world.Add().SeededBy(world.Nodes[0]);
        world.RunFor(2 * Second);

        Assert.Equal(new Proof(1, 7, 8), owner.Node.Proof);
        AssertTrue(world, owner);
    }

    [Fact]
    public void Nobody_is_suspected_for_what_it_did_not_answer_to_a_proof_and_the_owner_does_not_doubt_itself()
    {
        using var world = Converged(8, 16);
        var owner = world.Nodes[7];
        Part(world, owner, world.Nodes[3]);
        Part(world, owner, world.Nodes[4]);

        Write(owner);
        owner.Prove();
        world.RunFor(10 * Second);

        Assert.Equal(new Proof(1, 13, 15), owner.Node.Proof);
        Assert.Equal(0, owner.Node.LocalHealth);
        Assert.DoesNotContain(world.Observations, seen => seen.Kind is ClusterEventKind.MemberSuspected or ClusterEventKind.MemberDied);
    }

    [Fact]
    public void The_answers_to_ordinary_probes_count_too()
    {
        using var world = Converged(9, 5);
        var owner = world.Nodes[2];
        owner.Register(new ServiceRecord { InstanceId = "a", Service = "orders", Metadata = new Dictionary<string, string> { ["note"] = new string('x', 300) } });
        world.RunFor(Second);
        world.Network.Loss = 1;
        owner.Prove();
        world.RunFor(Second / 50);

        // From now on the pings of the proof, which bring the record, are too large.
        world.Network.Faults = LinkFaults.None with { LargestDatagram = 200 };
        world.Network.BlocksStreams = true;
        Assert.Equal(new Proof(1, 0, 4), owner.Node.Proof);

        Assert.True(world.RunUntil(() => IsProven(owner), 60 * Second), $"{owner.Node.Proof} {world}");
        AssertTrue(world, owner);
    }

    [Fact]
    public void A_relayed_answer_tells_nothing_of_the_records_of_the_one_who_asked()
    {
        using var world = Converged(10, 5);
        foreach (var node in world.Nodes)
            Write(node);
        Part(world, world.Nodes[1], world.Nodes[2]);
        var relayed = 0;
        var answers = new HashSet<ulong>();
        world.Network.Tap = (from, to, _, packet) =>
        {
            var reader = new PacketReader(Foreign.BodyOf(packet));
            if (!reader.TryNext(out var type, out var message) || type != MessageType.Ack || !PacketReader.TryAck(message, out var ack) || ack.ResponderTag == from.Node.Self.Id.Tag)
                return;
            relayed++;
            answers.Add(ack.Held);
        };

        world.RunFor(20 * Second);

        Assert.True(relayed > 0, world.ToString());
        Assert.Equal([0UL], answers);
    }

    [Fact]
    public void Who_claims_to_hold_more_than_was_ever_written_or_answers_what_was_not_asked_proves_nothing()
    {
        using var world = Converged(11, 2);
        var owner = world.Nodes[0];
        Write(owner);
        var asked = default(Ping);
        world.Network.Tap = (from, _, _, packet) => asked = from == owner && IsPing(packet, out var ping) && ping.Sequence >= Rounds.Range ? ping : asked;
        Part(world, owner, world.Nodes[1]);
        owner.Prove();
        world.RunFor(Second / 10);

        Answer(owner, world.Nodes[1], asked, held: 99);
        Assert.Equal(new Proof(1, 0, 1), owner.Node.Proof);
        Answer(owner, world.Nodes[1], asked with { Token = asked.Token + 1 }, held: 1);
        Assert.Equal(new Proof(1, 0, 1), owner.Node.Proof);
        Answer(owner, world.Nodes[1], asked with { Sequence = asked.Sequence + 1 }, held: 1);
        Assert.Equal(new Proof(1, 0, 1), owner.Node.Proof);
        Answer(owner, world.Nodes[1], asked, held: 1);
        Assert.Equal(new Proof(1, 1, 1), owner.Node.Proof);
    }

    [Fact]
    public void A_node_alone_has_nothing_to_prove_and_one_that_has_left_proves_no_more()
    {
        using var world = Converged(12, 3);
        var owner = world.Nodes[0];
        world.Nodes[1].Leave();
        world.Nodes[2].Leave();
        world.RunFor(Second);

        owner.Prove();
        Assert.Equal(new Proof(0, 0, 0), owner.Node.Proof);
        Assert.True(IsProven(owner));
        owner.Leave();
        Assert.Null(owner.Node.Proof);
        owner.Prove();
        Assert.Null(owner.Node.Proof);
    }

    [Fact]
    public void A_proof_asks_in_slices_and_falls_silent_when_it_is_complete()
    {
        using var world = Standing(13, 200);
        var owner = world.Nodes[7];
        var asked = new List<TimeSpan>();
        world.Network.Tap = (from, _, _, packet) =>
        {
            if (from == owner && IsPing(packet, out var ping) && ping.Sequence >= Rounds.Range)
                asked.Add(world.Now);
        };

        owner.Prove();
        world.RunFor(10 * Second);

        Assert.True(IsProven(owner), world.ToString());
        Assert.Equal(199, asked.Count);
        Assert.Equal([64, 64, 64, 7], asked.GroupBy(at => at).Select(slice => slice.Count()));
    }

    private static bool IsProven(SimulatedNode owner) => owner.Node.Proof is { IsComplete: true };

    private static void Write(SimulatedNode owner, string instance = "a") => owner.Register(Sample.Numbered(instance, 7));

    private static void Answer(SimulatedNode owner, SimulatedNode member, in Ping asked, ulong held)
    {
        var body = new byte[64];
        var writer = new PacketWriter(body);
        writer.TryAck(new Ack(asked.Sequence, asked.Token, member.Node.Self.Id.Tag, 0, held));
        var frame = Foreign.FrameOf(body.AsSpan(0, writer.Length));
        owner.Do((node, now, outbox) => node.Receive(now, member.Address, frame, Delivery.Datagram, outbox));
    }

    private static bool IsPing(byte[] packet, out Ping ping)
    {
        var reader = new PacketReader(Foreign.BodyOf(packet));
        ping = default;
        while (reader.TryNext(out var type, out var message))
        {
            if (type == MessageType.Ping)
                return PacketReader.TryPing(message, out ping);
        }

        return false;
    }

    private static void Part(World world, SimulatedNode one, SimulatedNode other)
    {
        world.Network.Cut(one, other);
        world.Network.Cut(other, one);
    }

    /// <summary>Everybody who is counted holds what it was counted for.</summary>
    private static void AssertTrue(World world, SimulatedNode owner)
    {
        var proof = Assert.NotNull(owner.Node.Proof);
        var holders = owner.Node.Members.Where(owner.Node.IsProvenBy).ToList();
        Assert.Equal(proof.Acknowledged, holders.Count);
        Assert.All(holders, holder =>
        {
            var node = world.Nodes.Single(node => node.Node.Self.Id == holder.Id).Node;
            Assert.True(node.FindMember(owner.Node.Self.Id)!.RecordsVersion >= proof.Version);
            Assert.Equal(owner.Node.ServicesOf(owner.Node.Self.Id).Select(record => record.InstanceId), node.ServicesOf(owner.Node.Self.Id).Select(record => record.InstanceId));
        });
    }
}
