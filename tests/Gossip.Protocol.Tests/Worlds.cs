using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>Where scripts begin.</summary>
internal static class Worlds
{
    /// <summary>A cluster in agreement, two seconds later.</summary>
    public static World Converged(ulong seed, int nodes)
    {
        var world = new World(seed);
        world.AddCluster(nodes);
        Assert.True(world.RunUntil(world.IsInAgreement, TimeSpan.FromSeconds(10)), world.ToString());
        world.RunFor(TimeSpan.FromSeconds(2));
        return world;
    }
}
