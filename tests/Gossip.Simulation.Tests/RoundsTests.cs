namespace Gossip.Simulation.Tests;

/// <summary>What the experiment on dissemination reports must be what happened.</summary>
public sealed class RoundsTests
{
    [Fact]
    public void Without_loss_an_update_takes_the_steps_of_the_digraph_and_each_step_one_way()
    {
        var result = RoundsExperiment.Run(nodes: 64, TimeSpan.FromMilliseconds(10), drop: 0, seeds: 5);

        Assert.Equal(0, result.Missed);
        Assert.Equal((4, 3), (result.Fanout, result.FloorHops));
        Assert.Equal(3, result.All.HopsWorst);
        Assert.Equal(15, result.All.MsWorst, 3);
        Assert.InRange(result.Half.Hops, 2, 3);
        // Nearly all hear it from as many as the fan-out, say it once more, and have done: 8 sends of each are the limit.
        Assert.InRange(result.Packets, 64 * (result.Fanout - 1), 64 * (result.Fanout + 2));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_small_fanout_is_slower_and_leaves_nobody_to_the_next_probe(int fanout)
    {
        var result = RoundsExperiment.Run(
            nodes: 64, TimeSpan.FromMilliseconds(10), drop: 0, seeds: 5, configure: options => options with { Fanout = fanout });

        Assert.InRange(result.All.MsWorst, 0, 200);
    }

    [Fact]
    public void With_loss_all_learn_it_later_and_nobody_misses_it()
    {
        var result = RoundsExperiment.Run(nodes: 64, TimeSpan.FromMilliseconds(10), drop: 0.25, seeds: 5);

        Assert.Equal(0, result.Missed);
        Assert.InRange(result.All.HopsWorst, 4, 12);
        Assert.True(result.All.MsWorst > 15, $"{result.All}");
    }

    [Fact]
    public void A_standing_cluster_is_in_agreement_and_stays_so()
    {
        using var world = new World(1);
        world.AddStandingCluster(40);
        Assert.True(world.IsInAgreement());
        world.RunFor(TimeSpan.FromSeconds(60));

        Assert.True(world.IsInAgreement());
        Assert.All(world.Nodes, node => Assert.True(node.Node.IsSynchronized));
        Assert.DoesNotContain(world.Observations, seen => seen.Kind != Protocol.ClusterEventKind.Synchronized);
    }

    [Fact]
    public void A_standing_cluster_sees_a_death_and_takes_in_a_newcomer()
    {
        using var world = new World(2);
        world.AddStandingCluster(20);
        world.RunFor(TimeSpan.FromSeconds(10));
        world.Nodes[7].Crash(withHost: true);
        var newcomer = world.Add();
        newcomer.SeededBy(world.Nodes[3]);

        Assert.True(world.RunUntil(world.IsInAgreement, TimeSpan.FromSeconds(20)), world.ToString());
        Assert.Equal(20, newcomer.AliveCount);
    }
}
