using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>A cluster that has stood for long, in virtual time: what holds of few must hold of many, and at night of a thousand.</summary>
public sealed class ManyScripts
{
    private static readonly int Members = Nightly.Times(250, 1000);

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Many_agree_soon_after_a_join_an_update_and_a_death()
    {
        using var world = new World(1) { KeepsObservations = false };
        world.AddStandingCluster(Members);
        world.RunFor(8 * Second);
        Assert.True(world.IsInAgreement(), world.ToString());

        var newcomer = world.Add();
        newcomer.SeededBy(world.Nodes[17]);
        AssertAgreement(world, Second);
        Assert.Equal(Members + 1, world.Nodes[200].AliveCount);

        newcomer.Register(new ServiceRecord { InstanceId = "a", Service = "orders" });
        AssertAgreement(world, Second / 2);
        Assert.All(world.Nodes, node => Assert.Single(node.Node.ServicesOf(newcomer.Node.Self.Id)));

        // It is probed within a round, its host refuses the stream that follows, and it has a moment to refute.
        world.Nodes[100].Crash();
        AssertAgreement(world, 2 * Second);
        Assert.Equal(Members, world.Nodes[200].AliveCount);
        Assert.Equal(0, world.Nodes.Sum(node => node.Node.Counters.Refutations));
    }

    /// <summary>Looks only now and then: one look at so many is worth thousands of events.</summary>
    private static void AssertAgreement(World world, TimeSpan limit)
    {
        var end = world.Now + limit;
        do
            world.RunFor(Second / 50);
        while (!world.IsInAgreement() && world.Now < end);
        Assert.True(world.IsInAgreement(), world.ToString());
    }
}
