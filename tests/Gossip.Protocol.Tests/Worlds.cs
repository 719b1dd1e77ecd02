using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>Where scripts begin.</summary>
internal static class Worlds
{
    /// <summary>The seeds of a script that is run on several: all of them at night, every fourth by day.</summary>
    public static IEnumerable<ulong> Seeds(int nightly) =>
        Enumerable.Range(0, nightly).Where(seed => Nightly.IsOn || seed % 4 == 0).Select(seed => (ulong)seed);

    /// <summary>A cluster that has stood for two seconds, where how it came about does not matter: many are soon there.</summary>
    public static World Standing(ulong seed, int nodes)
    {
        var world = new World(seed);
        world.AddStandingCluster(nodes);
        world.RunFor(TimeSpan.FromSeconds(2));
        Assert.True(world.IsInAgreement(), world.ToString());
        return world;
    }

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
