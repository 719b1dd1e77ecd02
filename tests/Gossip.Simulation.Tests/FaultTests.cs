using Gossip.Protocol;

namespace Gossip.Simulation.Tests;

/// <summary>Each fault must do what it says: a matrix of faults that do nothing proves nothing.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Bursts_lose_their_share_in_runs_that_are_longer_than_chance_makes_them()
    {
        using var world = new World(1);
        var (from, to) = (world.Add(), world.Add());
        world.Network.Faults = LinkFaults.None with { BurstStart = 0.0625, BurstEnd = 0.25 };
        var (lost, runs, wasLost) = (0, 0, false);
        for (var i = 0; i < 20_000; i++)
        {
            var before = to.Node.Counters.PacketsReceived;
            from.Send(to.Address, [0xC0], Delivery.Datagram);
            world.RunFor(Second / 1000);
            var isLost = to.Node.Counters.PacketsReceived == before;
            lost += isLost ? 1 : 0;
            runs += isLost && !wasLost ? 1 : 0;
            wasLost = isLost;
        }

        Assert.InRange(lost / 20_000.0, 0.18, 0.22);
        Assert.InRange(lost / (double)runs, 3.5, 4.5);
    }

    [Fact]
    public void A_clogged_link_brings_all_at_its_end_and_in_order()
    {
        using var world = new World(2);
        var (from, to) = (world.Add(), world.Add());
        world.Network.Clog(from, to, Second);
        for (var i = 0; i < 10; i++)
            from.Send(to.Address, [0xC0], Delivery.Datagram);

        world.RunFor(Second * 0.9);
        Assert.Equal(0, to.Node.Counters.PacketsReceived);
        world.RunFor(Second * 0.2);
        Assert.Equal(10, to.Node.Counters.PacketsReceived);
    }

    [Fact]
    public void Corruption_breaks_its_share_of_packets()
    {
        using var world = new World(3);
        world.Network.Faults = LinkFaults.None with { Corruption = 0.2 };
        world.AddCluster(4);
        world.RunFor(200 * Second);

        var counters = world.Nodes.Select(node => node.Node.Counters).ToList();
        var dropped = counters.Sum(one => Enum.GetValues<DropReason>().Sum(one.Dropped));
        Assert.InRange(dropped / (double)counters.Sum(one => one.PacketsReceived), 0.15, 0.25);
    }

    [Fact]
    public void Replay_brings_old_packets_once_more()
    {
        using var world = new World(4);
        var (from, to) = (world.Add(), world.Add());
        world.Network.Faults = LinkFaults.None with { Replay = 0.5 };
        for (var i = 0; i < 2000; i++)
            from.Send(to.Address, [0xC0], Delivery.Datagram);
        world.RunFor(Second);

        Assert.InRange(to.Node.Counters.PacketsReceived, 2900, 3100);
    }

    [Fact]
    public void Reordering_makes_some_late_and_loses_none()
    {
        using var world = new World(5);
        var (from, to) = (world.Add(), world.Add());
        world.Network.Faults = LinkFaults.None with { Reorder = 0.2, ReorderBy = 10 * Second };
        for (var i = 0; i < 1000; i++)
            from.Send(to.Address, [0xC0], Delivery.Datagram);

        world.RunFor(Second / 10);
        Assert.InRange(to.Node.Counters.PacketsReceived, 750, 850);
        world.RunFor(10 * Second);
        Assert.Equal(1000, to.Node.Counters.PacketsReceived);
    }

    [Fact]
    public void A_suspended_host_loses_what_is_sent_to_it_and_finds_its_clock_ahead()
    {
        using var world = new World(6);
        var (from, to) = (world.Add(), world.Add());
        to.Suspend(60 * Second);
        from.Send(to.Address, [0xC0], Delivery.Datagram);
        world.RunFor(61 * Second);

        Assert.Equal(0, to.Node.Counters.PacketsReceived);
        Assert.Equal(1, to.Node.Counters.Stalls);
    }

    [Fact]
    public void A_jump_of_the_clock_is_a_stall_to_the_node()
    {
        using var world = new World(7);
        var node = world.Add();
        world.RunFor(Second);
        node.JumpClock(3600 * Second);
        world.RunFor(Second);
        Assert.Equal(1, node.Node.Counters.Stalls);
    }

    [Fact]
    public void A_later_version_is_understood_but_for_what_is_new()
    {
        using var world = new World(8);
        world.AddCluster(6);
        foreach (var node in world.Nodes)
            node.Rewrite = Wire.AsLaterVersion;
        world.RunFor(20 * Second);

        Assert.True(world.IsInAgreement());
        Assert.All(world.Nodes, node => Assert.True(node.Node.Counters.Dropped(DropReason.UnknownMessage) > 10));
        Assert.All(world.Nodes, node => Assert.Equal(0, node.Node.Counters.Dropped(DropReason.MalformedMessage) + node.Node.Counters.Dropped(DropReason.Corrupt)));
    }

    [Fact]
    public void A_stranger_is_believed_by_a_cluster_without_a_key_until_the_members_answer()
    {
        using var world = new World(9);
        world.AddCluster(8);
        world.RunFor(3 * Second);
        var problems = new List<string>();
        var stranger = new Stranger(world, new Randomness(9), problems.Add);
        for (var i = 0; i < 300; i++)
        {
            stranger.Strike(world.Nodes[i % 8], mayJoin: i % 50 == 0);
            world.RunFor(Second / 100);
        }

        Assert.True(stranger.Heard > 50);
        Assert.True(stranger.BytesReceived > 100);
        Assert.Empty(problems);
        var kinds = world.Observations.Select(seen => seen.Kind).ToHashSet();
        Assert.Superset(new HashSet<ClusterEventKind> { ClusterEventKind.MemberSuspected, ClusterEventKind.MemberDied, ClusterEventKind.MemberLeft }, kinds);
        Assert.Contains(world.Observations, seen => seen.Name == "forged");
        Assert.True(world.RunUntil(world.IsInAgreement, 60 * Second), world.ToString());
        Assert.All(world.Nodes, node => Assert.All(world.Nodes, owner => Assert.Empty(node.Node.ServicesOf(owner.Node.Self.Id))));
    }

    [Fact]
    public void A_stranger_changes_nothing_where_there_is_a_key()
    {
        using var world = new World(9);
        world.AddCluster(4, options => options with { Key = new byte[32] });
        world.RunFor(3 * Second);
        var problems = new List<string>();
        var stranger = new Stranger(world, new Randomness(9), problems.Add);
        for (var i = 0; i < 300; i++)
        {
            stranger.Strike(world.Nodes[i % 4]);
            world.RunFor(Second / 100);
        }

        Assert.Empty(problems);
        Assert.Equal((0, 0), (stranger.Heard, stranger.BytesReceived));
        Assert.Equal(300, world.Nodes.Sum(node => node.Node.Counters.Drops));
    }

    [Fact]
    public void The_checker_sees_a_member_that_never_was_and_a_forged_incarnation()
    {
        using var world = new World(10);
        var checker = new SafetyChecker(world);
        world.AddCluster(3);
        world.RunFor(3 * Second);
        checker.Sweep();
        Assert.Empty(checker.Violations);
        var victim = world.Nodes[1].Node.Self;
        var ghost = Wire.Message(5UL, 77UL, 5UL, Wire.Address(victim.Address.WithPort(1)), "ghost", "", 1UL);
        world.Network.Inject(victim.Address, world.Nodes[0], Wire.Frame(ghost));
        var forged = Wire.Message(5UL, victim.Id.Value, victim.Claim.Incarnation.Value + 5, Wire.Address(victim.Address), "node-1", "", 1UL);
        world.Network.Inject(victim.Address, world.Nodes[2], Wire.Frame(forged));
        Assert.True(world.RunUntil(
            () => world.Nodes[0].Node.FindMember(new MemberId(77)) is not null && world.Nodes[2].Node.FindMember(victim.Id)!.Claim.Incarnation > victim.Claim.Incarnation,
            Second));

        checker.Sweep();

        Assert.Contains(checker.Violations, one => one.Contains("never was", StringComparison.Ordinal));
        Assert.Contains(checker.Violations, one => one.Contains("but the member itself has", StringComparison.Ordinal));
    }

    [Fact]
    public void The_checker_sees_the_death_of_a_member_that_runs_and_no_other_death()
    {
        using var world = new World(11);
        var checker = new SafetyChecker(world);
        world.AddCluster(5);
        world.RunFor(3 * Second);
        world.Nodes[4].Crash();
        world.RunFor(30 * Second);
        Assert.Empty(checker.FalseDeaths);

        world.Network.Partition([world.Nodes[0]]);
        world.RunFor(60 * Second);
        checker.Sweep();

        Assert.Contains(checker.FalseDeaths, death => death.Observer.Index == 1 && death.Member.Index == 0);
        Assert.Empty(checker.Violations);
    }
}
