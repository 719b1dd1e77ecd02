using Gossip.Simulation;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests;

/// <summary>Scripts about how a newcomer and a cluster learn of each other, in virtual time.</summary>
public sealed class JoinScripts
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void After_a_storm_of_joins_all_views_are_complete_within_a_fifth_of_a_second(ulong seed)
    {
        using var world = Converged(seed, 1);
        for (var i = 1; i < 96; i++)
        {
            var newcomer = world.Add();
            newcomer.SeededBy(world.Nodes[0]);
            world.RunFor(Millisecond);
            newcomer.Register(Record($"orders-{i}"));
            world.RunFor(3 * Millisecond);
        }

        Assert.True(world.RunUntil(world.IsInAgreement, 200 * Millisecond), world.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_newcomer_whose_first_question_or_its_answer_is_lost_asks_again_before_its_host_tries_again(bool isQuestion)
    {
        using var world = Converged(1, 3);
        var newcomer = world.Add();
        foreach (var node in world.Nodes.Take(3))
        {
            var (from, to) = isQuestion ? (newcomer, node) : (node, newcomer);
            world.Network.Cut(from, to);
        }

        newcomer.SeededBy(world.Nodes[0]);
        world.RunFor(100 * Millisecond);
        Assert.Equal(0, newcomer.Node.PeerCount);
        world.Network.Heal();

        Assert.True(world.RunUntil(world.IsInAgreement, 300 * Millisecond), world.ToString());
    }

    /// <summary>A seed that answers is asked for what it knows however much the asker knows itself: that is no answer to the ack.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public void Whoever_answers_and_is_not_known_is_asked_for_the_state(int members)
    {
        var outbox = new Kept();
        using var node = new Node(Sample.Options(1), new Randomness(1), Instant.Start);
        for (var i = 0; i < members; i++)
        {
            var (id, address) = (new MemberId(1000UL + (ulong)i), Sample.Options(2).Address.WithPort(1000 + i));
            var alive = Packet((ref PacketWriter to) => to.TryAlive(id, new Incarnation(1), address, $"node-{id.Value}", "", 1));
            node.Receive(Instant.Start, address, alive, Delivery.Datagram, outbox);
        }

        var seed = Sample.Options(3).Address;
        node.Join(Instant.Start, seed, outbox);
        var reader = new PacketReader(Foreign.BodyOf(outbox.Sent.Last(sent => sent.Peer == seed).Packet));
        Assert.True(reader.TryNext(out _, out var message) && PacketReader.TryPing(message, out _));
        PacketReader.TryPing(message, out var asked);
        var ack = Packet((ref PacketWriter to) => to.TryAck(new Ack(asked.Sequence, asked.Token, 77, 0)));
        node.Receive(Instant.Start, seed, ack, Delivery.Datagram, outbox);

        Assert.Contains(outbox.Sent, sent => sent.Delivery == Delivery.Stream && sent.Peer == seed && Foreign.Holds(sent.Packet, MessageType.Digest));
        Assert.Equal(members, node.PeerCount);

        static byte[] Packet(ForgedPacket.Fill fill)
        {
            var body = new byte[256];
            var writer = new PacketWriter(body);
            fill(ref writer);
            return Foreign.FrameOf(body.AsSpan(0, writer.Length));
        }
    }

    [Fact]
    public void A_lone_node_says_twice_only_its_first_question_to_a_seed()
    {
        using var world = new World(1);
        var lone = world.Add();
        var nobody = world.Add();
        nobody.Crash(withHost: true);

        lone.SeededBy(nobody);
        world.RunFor(10_500 * Millisecond);

        // One for each second, at first by datagram, then by datagram and by stream in turns.
        Assert.Equal(11 + 1, lone.Node.Counters.PacketsSent);
    }

    [Fact]
    public void A_node_in_company_asks_a_silent_seed_every_ten_seconds()
    {
        using var world = Converged(1, 3);
        var nobody = world.Add();
        nobody.Crash(withHost: true);
        var asked = 0;
        world.Network.Tap = (_, to, _, _) => asked += to == nobody.Address ? 1 : 0;

        world.Nodes[1].SeededBy(nobody);
        world.RunFor(45_000 * Millisecond);

        Assert.Equal(1 + 4, asked);
    }

    [Fact]
    public void Only_as_many_seeds_as_are_remembered_are_asked_twice()
    {
        using var lone = new Node(Sample.Options(), new Randomness(1), Instant.Start);
        var (outbox, now) = (new Kept(), Instant.Start);
        for (var turn = 0; turn < 20; turn++)
        {
            for (var i = 0; i < 16; i++)
                lone.Join(now, Sample.Options(100 + (((turn * 16) + i) % 80)).Address, outbox);
            for (var until = now + (900 * Millisecond); now < until; lone.Tick(now, outbox))
                now += 100 * Millisecond;
        }

        Assert.Equal((20 * 16) + Limits.SeedAliases, outbox.Sent.Count);
    }

    [Fact]
    public void Who_has_left_asks_no_seed_again()
    {
        using var leaver = new Node(Sample.Options(), new Randomness(1), Instant.Start);
        var outbox = new Kept();
        leaver.Join(Instant.Start, Sample.Options(2).Address, outbox);
        leaver.Leave(Instant.Start + (100 * Millisecond), outbox);

        leaver.Tick(Instant.Start + leaver.Options.ProbeTimeout, outbox);

        Assert.Single(outbox.Sent, sent => Foreign.Holds(sent.Packet, MessageType.Ping));
    }

    [Fact]
    public void A_newcomer_does_not_repeat_to_the_cluster_what_the_cluster_has_told_it()
    {
        using var world = Converged(1, 32);
        foreach (var node in world.Nodes)
            node.Register(Record($"orders-{node.Index}"));
        world.RunFor(1000 * Millisecond);
        var newcomer = world.Add();
        var sent = 0;
        world.Network.Tap = (from, _, delivery, packet) => sent += from == newcomer && delivery == Delivery.Datagram ? packet.Length : 0;

        newcomer.SeededBy(world.Nodes[0]);
        world.RunFor(500 * Millisecond);

        Assert.True(world.IsInAgreement(), world.ToString());
        Assert.InRange(sent, 1, 2000);
    }

    [Fact]
    public void A_seed_that_has_answered_is_compared_with_once_however_often_it_is_joined()
    {
        using var world = Converged(1, 3);
        world.Network.BlocksStreams = true;
        var newcomer = world.Add();
        for (var i = 0; i < 3; i++)
        {
            newcomer.Do((node, now, outbox) => node.Join(now, world.Nodes[0].Address, outbox));
            world.RunFor(20 * Millisecond);
        }

        Assert.Equal(1, newcomer.Node.Counters.Repairs);
    }

    [Fact]
    public void The_profile_and_the_first_record_of_a_newcomer_spread_together()
    {
        using var world = Converged(1, 64);
        var newcomer = world.Add();
        var before = world.Network.Datagrams;
        newcomer.SeededBy(world.Nodes[0]);
        world.RunFor(Millisecond);
        newcomer.Register(Record("orders-1"));
        world.RunFor(7 * Millisecond);

        Assert.True(world.IsInAgreement(), world.ToString());
        Assert.InRange(world.Network.Datagrams - before, 1, 64 * 5); // Two rumours, each by itself, take more than eight for each member.
    }

    [Fact]
    public void Who_missed_one_of_two_joins_learns_of_it_when_the_news_is_over()
    {
        using var world = Converged(1, 16);
        var deaf = world.Nodes[5];
        world.Add().SeededBy(world.Nodes[0]);
        world.RunFor(20 * Millisecond);
        var missed = world.Add();
        world.Network.Partition([deaf], world.Nodes.Where(node => node != deaf));
        missed.SeededBy(world.Nodes[0]);
        world.RunFor(55 * Millisecond);
        Assert.Equal(17, deaf.LiveCount);
        world.Network.Heal();

        Assert.True(world.RunUntil(world.IsInAgreement, 50 * Millisecond), world.ToString());
    }

    [Fact]
    public void Who_is_asked_to_compare_and_agrees_says_nothing()
    {
        using var world = Converged(1, 16);
        world.Add().SeededBy(world.Nodes[0]);
        world.RunFor(60 * Millisecond);
        Assert.True(world.IsInAgreement(), world.ToString());
        var (asked, answered) = (0, 0);
        world.Network.Tap = (_, _, _, packet) =>
        {
            if (Foreign.Holds(packet, MessageType.Summary))
                asked++;
            else if (Foreign.Holds(packet, MessageType.Alive))
                answered++;
        };
        world.RunFor(200 * Millisecond);

        Assert.InRange(asked, 16, 17);
        Assert.Equal(0, answered);
    }

    [Fact]
    public void Who_leaves_before_it_has_the_state_is_not_brought_back_by_it()
    {
        using var world = Converged(1, 8);
        (world.Network.LongestDelay, world.Network.ShortestDelay) = (Millisecond, Millisecond);
        var newcomer = world.Add();
        newcomer.Do((node, now, outbox) => node.Join(now, world.Nodes[0].Address, outbox));
        world.RunFor(2.5 * Millisecond);
        Assert.False(newcomer.Node.IsSynchronized);

        newcomer.Leave();
        world.RunFor(500 * Millisecond);

        Assert.All(world.Nodes.Take(8), node => Assert.False(node.Node.FindMember(newcomer.Node.Self.Id) is { IsLive: true }));
    }

    private static ServiceRecord Record(string instance) => new()
    {
        InstanceId = instance,
        Service = "orders",
        Endpoints = [new ServiceEndpoint("http", "http", "10.0.0.1", 8080)],
    };
}
