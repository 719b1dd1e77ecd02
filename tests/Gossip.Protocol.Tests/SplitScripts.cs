using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>Scripts about a split that lasted until each side held the other dead, in virtual time.</summary>
public sealed class SplitScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(6, 3)]
    [InlineData(6, 2)]
    [InlineData(32, 10)]
    public void A_split_that_no_seed_could_heal_is_healed_by_those_who_try_the_dead(int nodes, int away)
    {
        foreach (var seed in Enumerable.Range(1, Nightly.Times(2, 10)).Select(seed => (ulong)seed))
        {
            using var world = new World(seed);
            world.AddStandingCluster(nodes); // Nobody has a seed.
            world.RunFor(8 * Second);
            world.Network.Partition(world.Nodes.Take(away), world.Nodes.Skip(away));
            world.RunFor(180 * Second); // Of so many silent ones a small part probes each but seldom, and blames itself.
            Assert.All(world.Nodes, node => Assert.Equal(node.Index < away ? away : nodes - away, node.LiveCount));

            world.Network.Heal();

            // All the dead live, so the first try of anybody finds one: within one and a half intervals. Then the comparisons of a few rounds.
            var bound = (1.5 * world.Nodes[0].Node.Options.ReviveInterval) + (5 * Second);
            Assert.True(world.RunUntil(world.IsInAgreement, bound), world.ToString());
        }
    }
}
