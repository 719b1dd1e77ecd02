using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// One member of a cluster at rest changes a record: how many hops, and how long, until all know? Other systems wait for a tick between two
/// hops, and count ticks; no node waits here, so a round is a hop.
/// </summary>
internal static class RoundsExperiment
{
    /// <summary>The members share their probe rounds by then.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(7);

    /// <summary>The last rumour has had its last send by then.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Runs the experiment. The same arguments give the same result.</summary>
    /// <param name="nodes">The size of the cluster.</param>
    /// <param name="roundTrip">From one node to another and back; each way takes half of it.</param>
    /// <param name="drop">The share of datagrams that is lost, 0 to 1.</param>
    /// <param name="seeds">How many updates, each in a world of its own.</param>
    /// <param name="firstSeed">The seed of the first world.</param>
    /// <param name="configure">Changes the members' options; null for none.</param>
    public static RoundsResult Run(
        int nodes, TimeSpan roundTrip, double drop, int seeds, ulong firstSeed = 1, Func<NodeOptions, NodeOptions>? configure = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(seeds, 1);
        var waves = new List<Wave>(seeds);
        var fanout = 0;
        for (var run = 0; run < seeds; run++)
        {
            using var world = new World(firstSeed + (ulong)run) { KeepsObservations = false };
            world.Network.Faults = LinkFaults.None with { ShortestDelay = roundTrip / 2, LongestDelay = roundTrip / 2 };
            world.AddStandingCluster(nodes, configure);
            world.RunFor(Settle);
            world.Network.Loss = drop;
            fanout = world.Nodes[0].Node.Options.Fanout;
            waves.Add(Send(world));
        }

        var floor = (int)Math.Ceiling(Math.Log(nodes, 1 + fanout) - 1e-9);
        return new RoundsResult
        {
            Nodes = nodes,
            RoundTripMs = roundTrip.TotalMilliseconds,
            Drop = drop,
            Seeds = seeds,
            Fanout = fanout,
            FloorHops = floor,
            FloorMs = floor * roundTrip.TotalMilliseconds / 2,
            Half = ReachOf(waves, 0.5),
            Nearly = ReachOf(waves, 0.99),
            All = ReachOf(waves, 1),
            Missed = waves.Sum(wave => wave.Missing),
            Packets = Median(waves.Select(wave => wave.Packets)),
            Bytes = Median(waves.Select(wave => wave.Bytes)),
        };
    }

    private static Wave Send(World world)
    {
        var origin = world.Nodes[new Randomness(world.Seed).Below(world.Nodes.Count)];
        var wave = new Wave(world, origin);
        origin.Register(wave.Record);
        world.RunUntil(() => wave.Missing == 0, Patience);
        world.RunFor(Aftermath);
        return wave;
    }

    private static Reach ReachOf(IReadOnlyList<Wave> waves, double share) => new(
        Median(waves.Select(wave => wave.HopsOf(share))),
        waves.Max(wave => wave.HopsOf(share)),
        Median(waves.Select(wave => wave.TimeOf(share).TotalMilliseconds)),
        waves.Max(wave => wave.TimeOf(share).TotalMilliseconds));

    internal static T Median<T>(IEnumerable<T> sample)
    {
        var sorted = sample.Order().ToList();
        return sorted[(sorted.Count - 1) / 2];
    }
}
