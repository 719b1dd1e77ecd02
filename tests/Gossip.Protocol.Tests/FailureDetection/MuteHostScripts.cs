using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>A host whose way out is dead: its processes hear each other, and all that the cluster says of them.</summary>
public sealed class MuteHostScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(8, 3)]
    [InlineData(16, 2)]
    [InlineData(16, 3)]
    [InlineData(32, 3)]
    public void Neighbours_on_a_host_that_went_mute_do_not_condemn_each_other(int nodes, int neighbours)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using var world = Standing(seed, nodes);
            var host = world.Nodes.Skip(2).Take(neighbours).ToArray();
            CutOff(world, host, isWayBackDead: false);
            world.RunFor(60 * Second);

            var deaths = world.Observations.Where(seen => seen.Kind == ClusterEventKind.MemberDied && Is(host, seen.Member)).ToArray();
            Assert.True(deaths.Any(seen => !host.Contains(seen.Observer)), "The others hold them dead.");
            Assert.True(deaths.All(seen => !host.Contains(seen.Observer)), $"{world}: {deaths.Count(seen => host.Contains(seen.Observer))} deaths among neighbours");
        }
    }

    [Fact]
    public void What_the_cluster_says_comes_late_and_neighbours_still_do_not_condemn_each_other()
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using var world = Standing(seed, 16);
            var host = world.Nodes.Skip(2).Take(3).ToArray();
            CutOff(world, host, isWayBackDead: true);
            world.RunFor(2 * Second);
            world.Network.Heal();
            CutOff(world, host, isWayBackDead: false);
            world.RunFor(60 * Second);

            Assert.DoesNotContain(
                world.Observations, seen => seen.Kind == ClusterEventKind.MemberDied && Is(host, seen.Member) && host.Contains(seen.Observer));
        }
    }

    /// <summary>
    /// 2.41 s are α · log10 16 rounds: what a suspicion lasts that three have confirmed. A confirmation that comes to a member which knows of
    /// three is passed on no further, so now and then some of the others know of two until the next round.
    /// </summary>
    [Fact]
    public void A_host_that_is_really_dead_takes_nobody_who_did_not_hear_it_longer_for_that()
    {
        var late = new List<string>();
        for (ulong seed = 1; seed <= 15; seed++)
        {
            using var world = Standing(seed, 16);
            var dead = world.Nodes[5];
            dead.Crash(withHost: true);
            Assert.True(world.RunUntil(world.IsInAgreement, 20 * Second), world.ToString());

            var times = world.Observations.Where(seen => seen.Member == dead.Node.Self.Id && seen.Observer != dead).ToLookup(seen => seen.Observer);
            var spans = times.Select(seen => Of(seen, ClusterEventKind.MemberDied) - Of(seen, ClusterEventKind.MemberSuspected)).Order().ToList();
            Assert.Equal(15, spans.Count);
            if (spans[12] >= 2.42 * Second)
                late.Add($"{world}: {string.Join(' ', spans)}");
        }

        Assert.True(late.Count <= 4, string.Join('\n', late));

        static TimeSpan Of(IEnumerable<Observation> seen, ClusterEventKind kind) => seen.First(one => one.Kind == kind).At;
    }

    private static World Standing(ulong seed, int nodes)
    {
        var world = new World(seed);
        world.AddCluster(nodes);
        Assert.True(world.RunUntil(world.IsInAgreement, 20 * Second), world.ToString());
        world.RunFor(20 * Second); // Each has answered each by then, so news rides on all acks.
        return world;
    }

    private static bool Is(SimulatedNode[] host, MemberId id) => Array.Exists(host, node => node.Node.Self.Id == id);

    private static void CutOff(World world, SimulatedNode[] host, bool isWayBackDead)
    {
        foreach (var inside in host)
        {
            foreach (var outside in world.Nodes.Where(node => !host.Contains(node)))
            {
                world.Network.Cut(inside, outside);
                if (isWayBackDead)
                    world.Network.Cut(outside, inside);
            }
        }
    }
}
