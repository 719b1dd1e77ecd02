using Gossip.Simulation;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests;

/// <summary>Scripts in virtual time: each name is a sentence that must hold.</summary>
public sealed class ClusterScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Nodes_with_one_common_seed_find_each_other_within_a_tenth_of_a_second()
    {
        using var world = new World(1);
        world.AddCluster(5);

        Assert.True(world.RunUntil(world.IsInAgreement, Second / 10), world.ToString());
    }

    [Theory]
    [InlineData(16)]
    [InlineData(128)]
    public void A_burst_of_joins_through_one_seed_ends_in_agreement(int nodes)
    {
        using var world = new World(2);
        world.AddCluster(nodes);

        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(32)]
    public void A_killed_process_is_known_dead_everywhere_within_a_round_and_a_half(int nodes)
    {
        foreach (var seed in Seeds(20))
        {
            using var world = Converged(seed, nodes);
            world.RunFor((8 + (seed / 20.0)) * Second);

            world.Nodes[1].Crash();

            Assert.True(world.RunUntil(world.IsInAgreement, 1.5 * Second), world.ToString());
            Assert.Contains(world.Observations, seen => seen is { Kind: ClusterEventKind.MemberDied, Evidence: Evidence.Refused });
        }
    }

    [Fact]
    public void Members_share_their_rounds_so_that_each_is_probed_once_in_each_by_another_one_each_time()
    {
        using var world = Converged(16, 16);
        world.RunFor(20 * Second);
        var probers = world.Nodes.ToDictionary(node => node.Address, _ => new List<int>());
        world.Network.Tap = (from, to, _, bytes) =>
        {
            // A ping is the first message of its packet, behind the thirteen bytes of a head in the clear.
            if (bytes[14] == (byte)MessageType.Ping)
                probers[to].Add(from.Index);
        };

        world.RunFor(30 * Second);

        Assert.All(probers.Values, seen => Assert.InRange(seen.Count, 30, 31));
        Assert.All(probers.Values, seen => Assert.InRange(seen.Distinct().Count(), 8, 15));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void Where_no_stream_gets_through_all_agree_all_the_same(int nodes)
    {
        using var world = new World(18);
        world.Network.BlocksStreams = true;
        world.AddCluster(nodes);
        foreach (var node in world.Nodes)
            node.Register(new ServiceRecord { InstanceId = "a", Service = "orders" });

        Assert.True(world.RunUntil(world.IsInAgreement, 20 * Second), world.ToString());
        Assert.True(world.RunUntil(() => world.Nodes.All(node => node.Node.IsSynchronized), 5 * Second), world.ToString());
        world.Nodes[1].Crash();
        Assert.True(world.RunUntil(world.IsInAgreement, 20 * Second), world.ToString());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    public void Where_no_datagram_gets_through_all_agree_by_stream_and_say_so(int nodes)
    {
        using var world = new World(19);
        world.Network.Faults = LinkFaults.None with { Loss = 1 };
        world.AddCluster(nodes);
        Assert.True(world.RunUntil(world.IsInAgreement, 20 * Second), world.ToString());
        foreach (var node in world.Nodes)
            node.Register(new ServiceRecord { InstanceId = "a", Service = "orders" });
        Assert.True(world.RunUntil(world.IsInAgreement, 20 * Second), world.ToString());
        Assert.True(world.RunUntil(() => world.Nodes.All(node => node.Node.IsSynchronized), 5 * Second), world.ToString());

        world.RunFor(4 * nodes * Second);

        Assert.DoesNotContain(world.Observations, seen => seen.Kind is ClusterEventKind.MemberSuspected or ClusterEventKind.MemberDied);
        Assert.Contains(world.Observations, seen => seen.Kind == ClusterEventKind.DatagramsBlocked);
        world.Network.Faults = LinkFaults.None;
        Assert.True(world.RunUntil(() => world.Observations.Any(seen => seen.Kind == ClusterEventKind.DatagramsPass), 5 * Second), world.ToString());
    }

    [Fact]
    public void Where_large_datagrams_vanish_all_agree_all_the_same()
    {
        using var world = new World(20);
        world.Network.Faults = LinkFaults.None with { LargestDatagram = 400 };
        world.AddCluster(20);
        foreach (var node in world.Nodes)
        {
            for (var i = 0; i < 5; i++)
                node.Register(new ServiceRecord { InstanceId = $"{i}", Service = "orders", Metadata = new Dictionary<string, string> { ["note"] = new string('x', 300) } });
        }

        Assert.True(world.RunUntil(world.IsInAgreement, 30 * Second), world.ToString());
        Assert.DoesNotContain(world.Observations, seen => seen.Kind == ClusterEventKind.MemberDied);
    }

    [Fact]
    public void A_process_that_is_killed_when_its_cluster_is_three_seconds_old_is_known_dead_within_about_two()
    {
        foreach (var seed in Seeds(20))
        {
            using var world = new World(seed);
            world.AddCluster(8);
            world.RunFor(3 * Second);

            world.Nodes[(int)(seed % 8)].Crash();

            Assert.True(world.RunUntil(world.IsInAgreement, 2.2 * Second), world.ToString());
        }
    }

    [Fact]
    public void A_newcomer_and_one_who_overslept_fall_in_with_the_rounds_of_the_others()
    {
        using var world = Converged(17, 8);
        world.RunFor(20 * Second);
        var newcomer = world.Add();
        newcomer.SeededBy(world.Nodes[0]);
        world.Nodes[3].Pause(1.7 * Second);
        world.RunFor(10 * Second);
        var before = world.Nodes.Sum(node => node.Node.Counters.Probes);

        world.RunFor(100 * Second);

        Assert.InRange(world.Nodes.Sum(node => node.Node.Counters.Probes) - before, 895, 905);
        Assert.True(world.IsInAgreement(), world.ToString());
    }

    [Fact]
    public void A_silent_host_is_known_dead_everywhere()
    {
        using var world = Converged(4, 5);

        world.Nodes[3].Crash(withHost: true);

        Assert.True(world.RunUntil(world.IsInAgreement, 20 * Second), world.ToString());
        Assert.Contains(world.Observations, seen => seen is { Kind: ClusterEventKind.MemberDied, Evidence: Evidence.RelayedSilence });
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    public void A_pause_of_two_seconds_kills_nobody(int nodes)
    {
        foreach (var seed in Seeds(20))
        {
            using var world = Converged(seed, nodes);

            world.Nodes[1].Pause(2 * Second);
            world.RunFor(20 * Second);

            Assert.True(world.IsInAgreement(), world.ToString());
            Assert.DoesNotContain(world.Observations, seen => seen.Kind == ClusterEventKind.MemberDied);
        }
    }

    [Fact]
    public void A_node_that_slept_for_a_minute_comes_back_by_itself()
    {
        using var world = Converged(5, 5);

        world.Nodes[1].Pause(60 * Second);
        world.RunFor(60 * Second);

        Assert.True(world.RunUntil(world.IsInAgreement, 30 * Second), world.ToString());
    }

    [Fact]
    public void A_restart_at_the_same_address_outranks_its_past_with_no_waiting()
    {
        using var world = Converged(6, 5);
        var past = world.Nodes[3].Node.Self.Id;

        world.Nodes[3].Restart();

        Assert.True(world.RunUntil(world.IsInAgreement, Second / 2), world.ToString());
        Assert.All(world.Nodes, node => Assert.NotEqual(MemberState.Alive, node.Node.FindMember(past)?.State));
    }

    [Fact]
    public void A_restart_with_a_clock_that_went_back_is_let_in_too()
    {
        using var world = new World(7);
        var lives = 0;
        world.Add();
        world.Add(options => options with { Incarnation = new Incarnation(2_000_000_000_000_000 - (ulong)lives++) }).SeededBy(world.Nodes[0]);
        world.RunUntil(world.IsInAgreement, Second);

        world.Nodes[1].Restart();

        Assert.True(world.RunUntil(world.IsInAgreement, 5 * Second), world.ToString());
    }

    [Fact]
    public void A_goodbye_is_seen_as_a_goodbye_and_not_as_a_death()
    {
        using var world = Converged(8, 5);

        world.Nodes[2].Leave();

        Assert.True(world.RunUntil(world.IsInAgreement, Second), world.ToString());
        world.RunFor(10 * Second);
        Assert.Contains(world.Observations, seen => seen.Kind == ClusterEventKind.MemberLeft);
        Assert.DoesNotContain(world.Observations, seen => seen.Kind == ClusterEventKind.MemberDied);
    }

    [Fact]
    public void A_split_heals_without_an_operator_and_without_deaths_on_either_side_of_the_healed_network()
    {
        using var world = Converged(9, 6);
        world.Network.Partition(world.Nodes.Take(3), world.Nodes.Skip(3));
        Assert.True(world.RunUntil(() => world.Nodes.All(node => node.LiveCount == 3), 30 * Second), world.ToString());
        var healedAt = world.Now;

        world.Network.Heal();

        Assert.True(world.RunUntil(world.IsInAgreement, 30 * Second), world.ToString());
        Assert.DoesNotContain(world.Observations, seen => seen.At > healedAt && seen.Kind == ClusterEventKind.MemberDied);
    }

    [Fact]
    public void A_one_way_link_does_not_kill_because_relays_answer()
    {
        using var world = Converged(10, 5);

        world.Network.Cut(world.Nodes[1], world.Nodes[2]);
        world.RunFor(60 * Second);

        Assert.DoesNotContain(world.Observations, seen => seen.Kind == ClusterEventKind.MemberDied);
    }

    [Fact]
    public void Two_live_nodes_with_one_name_are_reported_once_on_both_sides_and_do_not_flap()
    {
        using var world = new World(11);
        world.Network.Loss = 0.05;
        world.AddCluster(3);
        world.Add(options => options with { Name = "twin" }).SeededBy(world.Nodes[0]);
        world.RunUntil(world.IsInAgreement, Second);

        world.Add(options => options with { Name = "twin" }).SeededBy(world.Nodes[0]);

        world.RunFor(30 * Second);
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        var reports = world.Observations.Where(seen => seen.Kind == ClusterEventKind.NameConflict).Select(seen => seen.Observer.Index);
        Assert.Equal([3, 4], reports.Order());
        Assert.DoesNotContain(world.Observations, seen => seen.Kind == ClusterEventKind.MemberDied);
    }

    [Fact]
    public void A_restart_elsewhere_under_the_same_name_is_no_conflict()
    {
        using var world = Converged(12, 4);
        world.Nodes[3].Crash();

        world.Add(options => options with { Name = "node-3" }).SeededBy(world.Nodes[0]);

        Assert.True(world.RunUntil(world.IsInAgreement, 5 * Second), world.ToString());
        Assert.DoesNotContain(world.Observations, seen => seen.Kind == ClusterEventKind.NameConflict);
    }

    [Fact]
    public void The_dead_are_remembered_for_a_day_and_those_with_a_successor_for_minutes()
    {
        using var world = Converged(15, 5);
        world.Nodes[3].Crash(withHost: true);
        world.Nodes[4].Crash(withHost: true);
        world.Add(options => options with { Name = "node-4" }).SeededBy(world.Nodes[0]);

        world.RunFor(11 * 60 * Second);

        Assert.Equal(["node-3"], world.Nodes[0].Node.Members.Where(member => !member.IsLive).Select(member => member.Name));
    }

    [Fact]
    public void Clusters_of_other_names_or_keys_never_mix()
    {
        using var world = new World(13);
        var key = Enumerable.Range(1, 32).Select(value => (byte)value).ToArray();
        world.Add();
        world.Add(options => options with { Cluster = "other" }).SeededBy(world.Nodes[0]);
        world.Add(options => options with { Key = key }).SeededBy(world.Nodes[0]);
        world.Add(options => options with { Key = key.Reverse().ToArray() }).SeededBy(world.Nodes[2]);

        world.RunFor(600 * Second);

        Assert.All(world.Nodes, node => Assert.Single(node.Node.Members));
        Assert.True(world.Nodes[0].Node.Counters.Dropped(DropReason.ForeignCluster) > 0);
        Assert.True(world.Nodes[0].Node.Counters.Dropped(DropReason.UnknownKey) > 0);
        Assert.True(world.Nodes[2].Node.Counters.Dropped(DropReason.UnknownKey) > 0);
    }

    [Fact]
    public void Sealed_clusters_live_like_others()
    {
        using var world = new World(14);
        world.AddCluster(8, options => options with { Key = new byte[32] });

        Assert.True(world.RunUntil(world.IsInAgreement, Second), world.ToString());
        world.Nodes[3].Crash();
        Assert.True(world.RunUntil(world.IsInAgreement, 5 * Second), world.ToString());
        Assert.InRange(world.Network.LargestDatagram, 1, Limits.DatagramSize);
    }
}
