using Gossip.Simulation;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests.Loads;

/// <summary>How loads spread, and what they leave alone.</summary>
public sealed class LoadScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_load_is_known_by_nearly_all_within_three_seconds_and_by_all_within_six()
    {
        foreach (var seed in Seeds(8))
        {
            using var world = Standing(seed, 128);
            world.Nodes[9].ReportLoad(new Load(17, 3, 40));

            world.RunFor(3 * Second);
            Assert.InRange(world.Nodes.Count(node => Knows(node, world.Nodes[9], 17)), 127, 128);
            world.RunFor(3 * Second);
            Assert.True(world.Nodes.All(node => Knows(node, world.Nodes[9], 17)), world.ToString());
        }
    }

    [Fact]
    public void Where_packets_are_lost_all_know_a_load_within_ten_seconds()
    {
        foreach (var seed in Seeds(5))
        {
            using var world = Standing(seed, 128);
            world.Network.Loss = 0.25;

            for (var second = 0; second < 10; second++)
            {
                world.Nodes[9].ReportLoad(new Load(17, 3, 40));
                world.RunFor(Second);
            }

            Assert.True(world.Nodes.All(node => Knows(node, world.Nodes[9], 17)), world.ToString());
        }
    }

    [Fact]
    public void Where_all_are_busy_what_is_known_is_fresh_and_what_is_sent_is_bounded()
    {
        using var world = Standing(3, 128);
        var chance = new Randomness(4);
        BeBusy(6);
        var counted = Counted(world);
        BeBusy(4);

        // Six packets a second, of 32 loads at the most.
        Assert.InRange(counted.Packets, 128 * 22, 128 * 27);
        Assert.InRange(counted.LargestBytes, 500, 5 + (32 * 25) + 13);
        var ages = world.Nodes.SelectMany(node => world.Nodes.Select(other => AgeOf(node, other))).Order().ToArray();
        Assert.InRange(ages[ages.Length / 2], TimeSpan.Zero, 3.5 * Second);
        Assert.InRange(ages[ages.Length * 99 / 100], TimeSpan.Zero, Load.FreshFor);
        Assert.True(world.IsInAgreement(), world.ToString());

        void BeBusy(int seconds)
        {
            for (var i = 0; i < 4 * seconds; i++)
            {
                foreach (var node in world.Nodes)
                    node.ReportLoad(new Load(1 + chance.Below(500), chance.Below(50), chance.Below(100)));
                world.RunFor(Second / 4);
            }
        }
    }

    [Fact]
    public void The_age_that_is_known_is_the_true_one_but_for_the_ways()
    {
        using var world = Converged(5, 32);
        var told = world.Now;
        world.Nodes[9].ReportLoad(new Load(17, 3, 40));
        world.RunFor(6 * Second);

        foreach (var node in world.Nodes)
            Assert.InRange(AgeOf(node, world.Nodes[9]), world.Now - told - (Second / 50), world.Now - told);
    }

    [Fact]
    public void A_cluster_in_which_nobody_is_busy_tells_nothing()
    {
        using var world = Converged(6, 32);
        var counted = Counted(world);

        for (var second = 0; second < 20; second++)
        {
            foreach (var node in world.Nodes)
                node.ReportLoad(new Load(0, 0, second % 5));
            world.RunFor(Second);
        }

        Assert.Equal(0, counted.Packets);
        Assert.All(world.Nodes, node => Assert.Equal(0, LoadsOf(node.Node)));
    }

    [Fact]
    public void Who_was_busy_says_once_that_it_is_not_any_more_and_then_all_is_silent()
    {
        using var world = Converged(7, 32);
        world.Nodes[9].ReportLoad(new Load(17, 3, 40));
        world.RunFor(Second);
        world.Nodes[9].ReportLoad(Load.Idle);
        world.RunFor(6 * Second);

        Assert.All(world.Nodes, node => Assert.True(Knows(node, world.Nodes[9], 0)));
        var counted = Counted(world);
        for (var second = 0; second < 20; second++)
        {
            world.Nodes[9].ReportLoad(Load.Idle);
            world.RunFor(Second);
        }

        Assert.Equal(0, counted.Packets);
        Assert.All(world.Nodes, node => Assert.False(node.Node.TryFindLoad(world.Nodes[9].Node.Self.Id, NowOf(node), out _, out _)));
    }

    [Fact]
    public void A_load_that_stays_is_told_again_before_it_is_old_and_one_of_which_nothing_is_said_grows_old()
    {
        using var world = Converged(8, 32);
        for (var second = 0; second < 30; second++)
        {
            world.Nodes[9].ReportLoad(new Load(17, 3, 40));
            world.RunFor(Second);
            if (second > 3)
                Assert.All(world.Nodes, node => Assert.InRange(AgeOf(node, world.Nodes[9]), TimeSpan.Zero, Load.FreshFor));
        }

        world.RunFor(Load.StaleAfter);

        Assert.All(world.Nodes, node => Assert.False(node.Node.TryFindLoad(world.Nodes[9].Node.Self.Id, NowOf(node), out _, out _)));
    }

    [Fact]
    public void A_load_goes_with_its_member()
    {
        using var world = Converged(9, 8);
        foreach (var node in world.Nodes)
            node.ReportLoad(new Load(17, 3, 40));
        world.RunFor(3 * Second);
        Assert.All(world.Nodes, node => Assert.Equal(8, LoadsOf(node.Node)));

        world.Nodes[2].Crash();
        world.Nodes[3].Leave();
        world.RunFor(10 * Second);

        Assert.All(world.Nodes.Where(node => node.IsRunning), node => Assert.Equal(6, LoadsOf(node.Node)));
    }

    [Fact]
    public void No_load_takes_a_byte_or_a_turn_from_other_news()
    {
        using var world = Converged(10, 32);
        var (mixed, early, packets) = (0, 0, 0);
        world.Network.Tap = (from, _, _, packet) =>
        {
            if (!Foreign.Holds(packet, MessageType.Loads))
                return;
            packets++;
            var reader = new PacketReader(Foreign.BodyOf(packet));
            mixed += reader.TryNext(out _, out _) && reader.TryNext(out _, out _) ? 1 : 0;
            early += from.Node.HasFreshNews ? 1 : 0;
        };

        Storm(world, isBusy: true);

        Assert.True(packets > 100, world.ToString());
        Assert.Equal((0, 0), (mixed, early));
    }

    [Fact]
    public void A_storm_of_joins_and_services_passes_as_fast_with_loads_as_without()
    {
        var (quiet, busy) = (new List<TimeSpan>(), new List<TimeSpan>());
        var (quietPackets, busyPackets) = (0L, 0L);
        foreach (var seed in Enumerable.Range(0, Nightly.Times(3, 6)).Select(seed => (ulong)seed))
        {
            foreach (var isBusy in new[] { false, true })
            {
                using var world = Converged(seed, 24);
                world.Network.Loss = 0.02;
                var others = 0L;
                world.Network.Tap = (_, _, _, packet) => others += IsLoads(packet) ? 0 : 1;
                (isBusy ? busy : quiet).Add(Storm(world, isBusy));
                (quietPackets, busyPackets) = isBusy ? (quietPackets, busyPackets + others) : (quietPackets + others, busyPackets);
                Assert.DoesNotContain(world.Observations, seen => seen.Kind is ClusterEventKind.MemberDied);
            }
        }

        // Where the last record is lost on all its ways the rounds find it, which takes a second or several, with loads or without.
        Assert.InRange(busy.Order().ElementAt(busy.Count / 2), TimeSpan.Zero, quiet.Order().ElementAt(quiet.Count / 2) + (Second / 2));
        Assert.InRange(busyPackets, 0.95 * quietPackets, 1.05 * quietPackets);
    }

    [Fact]
    public void Who_hears_a_load_of_its_own_that_it_never_told_tells_the_true_one_above_it()
    {
        using var world = Converged(11, 8);
        var victim = world.Nodes[3];
        victim.ReportLoad(new Load(5, 0, 0));
        world.RunFor(Second);

        Tell(world.Nodes[1], new LoadReport(victim.Node.Self.Id, 1000, TimeSpan.Zero, new Load(60_000, 0, 0)));
        Assert.True(Knows(world.Nodes[1], victim, 60_000));
        world.RunFor(5 * Second);

        Assert.All(world.Nodes, node => Assert.True(Knows(node, victim, 5)));
    }

    [Fact]
    public void Old_loads_and_loads_of_strangers_are_not_taken_in()
    {
        using var world = Converged(12, 4);
        var (observer, member) = (world.Nodes[1], world.Nodes[2]);
        Tell(observer, new LoadReport(new MemberId(77), 1, TimeSpan.Zero, new Load(5, 0, 0)));
        Tell(observer, new LoadReport(member.Node.Self.Id, 1, Load.StaleAfter, new Load(5, 0, 0)));
        Assert.Equal(0, LoadsOf(observer.Node));

        Tell(observer, new LoadReport(member.Node.Self.Id, 2, TimeSpan.Zero, new Load(7, 0, 0)));
        Tell(observer, new LoadReport(member.Node.Self.Id, 1, TimeSpan.Zero, new Load(5, 0, 0)));
        Assert.True(Knows(observer, member, 7));
    }

    [Fact]
    public void Changes_are_handed_over_once_and_the_member_table_is_not_changed()
    {
        using var world = Converged(13, 4);
        var observer = world.Nodes[1].Node;
        var changes = new List<LoadChange>();
        var before = observer.TableChanges;

        world.Nodes[2].ReportLoad(new Load(1, 0, 0));
        world.RunFor(Second);
        world.Nodes[2].ReportLoad(new Load(2, 0, 0));
        world.RunFor(2 * Second);
        observer.TryTakeLoads(changes);

        Assert.Equal([(world.Nodes[2].Node.Self.Id, new Load(2, 0, 0))], changes.Select(change => (change.Member, change.Load)));
        observer.TryTakeLoads(changes);
        Assert.Single(changes);
        Assert.Equal(before, observer.TableChanges);
    }

    /// <summary>Twelve nodes join and everybody registers and changes services meanwhile; then the time until all agree.</summary>
    private static TimeSpan Storm(World world, bool isBusy)
    {
        var chance = new Randomness(world.Seed + 1);
        for (var i = 0; i < 12; i++)
        {
            world.Add().SeededBy(world.Nodes[0]);
            foreach (var node in world.Nodes)
            {
                if (chance.Chance(0.4))
                    node.Register(Sample.Numbered($"{chance.Below(3)}", i));
                var load = new Load(1 + chance.Below(500), chance.Below(50), chance.Below(100));
                if (isBusy)
                    node.ReportLoad(load);
            }

            world.RunFor(Second / 20);
        }

        var ended = world.Now;
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        return world.Now - ended;
    }

    private static LoadTraffic Counted(World world)
    {
        var counted = new LoadTraffic();
        world.Network.Tap = (_, _, _, packet) =>
        {
            if (!IsLoads(packet))
                return;
            counted.Packets++;
            counted.LargestBytes = Math.Max(counted.LargestBytes, packet.Length);
        };
        return counted;
    }

    /// <summary>In the clear the type of the first message is behind the thirteen bytes of the head and the one of its array.</summary>
    private static bool IsLoads(byte[] packet) => packet[14] == (byte)MessageType.Loads;

    private static void Tell(SimulatedNode node, LoadReport report)
    {
        var body = new byte[64];
        var writer = new PacketWriter(body);
        Assert.True(writer.TryLoads([report]));
        var frame = Foreign.FrameOf(body.AsSpan(0, writer.Length));
        node.Do((protocol, now, outbox) => protocol.Receive(now, node.Address, frame, Delivery.Datagram, outbox));
    }

    private static bool Knows(SimulatedNode node, SimulatedNode other, int inFlight) =>
        node.Node.TryFindLoad(other.Node.Self.Id, NowOf(node), out var load, out _) && load.InFlight == inFlight;

    private static TimeSpan AgeOf(SimulatedNode node, SimulatedNode other) =>
        node.Node.TryFindLoad(other.Node.Self.Id, NowOf(node), out _, out var at) ? NowOf(node) - at : TimeSpan.MaxValue;

    private static Instant NowOf(SimulatedNode node)
    {
        var here = default(Instant);
        node.Do((_, now, _) => here = now);
        return here;
    }

    private static int LoadsOf(Node node) => node.Sizes.Single(size => size.What == "loads").Count;

    private sealed class LoadTraffic
    {
        public int Packets { get; set; }

        public int LargestBytes { get; set; }
    }
}
