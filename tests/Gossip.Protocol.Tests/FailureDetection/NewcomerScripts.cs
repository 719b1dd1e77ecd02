using Gossip.Simulation;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests;

/// <summary>A process that has just started, and cannot answer yet.</summary>
public sealed class NewcomerScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(64)]
    public void A_newcomer_that_answers_eight_seconds_after_its_join_is_suspected_and_not_held_dead(int nodes)
    {
        foreach (var seed in Seeds(5))
        {
            using var world = Converged(seed, nodes);
            var newcomer = Join(world);
            newcomer.Pause(8 * Second);
            world.RunFor(15 * Second);

            Assert.Contains(world.Observations, seen => IsOf(newcomer, seen, ClusterEventKind.MemberSuspected));
            Assert.DoesNotContain(world.Observations, seen => seen.Kind == ClusterEventKind.MemberDied);
            Assert.True(world.IsInAgreement(), world.ToString());
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    public void A_newcomer_whose_host_dies_before_it_has_answered_is_held_dead_when_the_patience_is_over(int nodes)
    {
        foreach (var seed in Seeds(5))
        {
            using var world = Converged(seed, nodes);
            var newcomer = Join(world);
            newcomer.Crash(withHost: true);

            world.RunFor(Newcomers.Patience - (Second / 10));
            Assert.DoesNotContain(world.Observations, seen => IsOf(newcomer, seen, ClusterEventKind.MemberDied));
            Assert.True(world.RunUntil(world.IsInAgreement, 4 * Second), world.ToString());
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    public void A_newcomer_that_crashes_before_it_has_answered_is_known_dead_as_soon_as_any_process_whose_host_refuses(int nodes)
    {
        foreach (var seed in Seeds(5))
        {
            using var world = Converged(seed, nodes);
            Join(world).Crash();

            Assert.True(world.RunUntil(world.IsInAgreement, 3 * Second), world.ToString());
        }
    }

    [Fact]
    public void A_newcomer_that_has_answered_is_judged_as_all_others()
    {
        using var world = Converged(1, 3);
        var newcomer = Join(world);
        world.RunFor(4 * Second);
        var joined = world.Now;
        Assert.All(world.Nodes.Take(3), node => Assert.NotEqual(Instant.Never, node.Node.FindMember(newcomer.Node.Self.Id)!.LastHeard));

        newcomer.Crash(withHost: true);

        Assert.True(world.RunUntil(world.IsInAgreement, 5.5 * Second), world.ToString());
        Assert.True(world.Now - joined < Newcomers.Patience - (4 * Second), world.ToString());
    }

    [Fact]
    public void A_newcomer_itself_has_no_more_patience_than_all_others_with_those_who_were_there_before()
    {
        foreach (var seed in Seeds(5))
        {
            using var world = Converged(seed, 16);
            world.RunFor(15 * Second);
            world.Add().SeededBy(world.Nodes[0]);
            world.RunFor(Second);
            world.Nodes[5].Crash(withHost: true);

            Assert.True(world.RunUntil(world.IsInAgreement, 8 * Second), world.ToString());
        }
    }

    [Fact]
    public void Two_that_start_at_the_same_time_have_patience_with_each_other()
    {
        foreach (var seed in Seeds(5))
        {
            using var world = Converged(seed, 3);
            world.RunFor(15 * Second);
            var stuck = Join(world);
            world.RunFor(TimeSpan.FromMilliseconds(1));
            stuck.Pause(8 * Second);
            world.Add().SeededBy(world.Nodes[0]);
            world.RunFor(15 * Second);

            Assert.DoesNotContain(world.Observations, seen => seen.Kind == ClusterEventKind.MemberDied);
        }
    }

    [Fact]
    public void Strangers_that_fill_the_table_again_and_again_do_not_fill_the_newcomers_beyond_it()
    {
        var newcomers = new Newcomers(capacity: 2);
        for (ulong id = 1; id <= 5; id++)
            newcomers.Add(new MemberId(id), Instant.Start);

        Assert.Equal(2, newcomers.Count);
        Assert.Equal(Instant.Start + Newcomers.Patience, newcomers.PatienceFor(new MemberId(1)));
        Assert.Equal(Instant.Start, newcomers.PatienceFor(new MemberId(3)));
        newcomers.Remove(new MemberId(1));
        newcomers.Forget(Instant.Start + Newcomers.Patience);
        Assert.Equal(0, newcomers.Count);
    }

    /// <summary>A node whose question is on its way, and that has done nothing else yet.</summary>
    private static SimulatedNode Join(World world)
    {
        var newcomer = world.Add();
        newcomer.SeededBy(world.Nodes[0]);
        world.RunFor(TimeSpan.FromMilliseconds(0.05));
        return newcomer;
    }

    private static bool IsOf(SimulatedNode node, Observation seen, ClusterEventKind kind) => seen.Kind == kind && seen.Member == node.Node.Self.Id;
}
