using System.Diagnostics;
using System.Globalization;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// Lifeguard's experiment (§V): C of 128 members have an anomaly, all in lock-step, and the members that are wrongly held dead are counted.
/// A member with an anomaly is slow, not gone; a good detector blames slow members and not those that slow members accuse.
/// </summary>
internal static class LifeguardExperiment
{
    /// <summary>Joins are over by then, and the probes of the members are spread over the round.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8);

    /// <summary>How long intervals are repeated at least.</summary>
    private static readonly TimeSpan IntervalsLast = TimeSpan.FromSeconds(120);

    /// <summary>The longest suspicion of all configurations (β · α · log10 128 = 63 s) must be able to run out.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(65);

    /// <summary>Runs the experiment. The same arguments give the same result, but for the wall clock.</summary>
    /// <param name="config">How the members detect failures.</param>
    /// <param name="runs">One anomaly a run, or many.</param>
    /// <param name="reps">How often the grid is run through, each time with other seeds.</param>
    /// <param name="seed">From which everything follows.</param>
    /// <param name="grid">The values to run through; the paper's by default.</param>
    public static LifeguardResult Run(LifeguardConfig config, LifeguardRuns runs, int reps, ulong seed, LifeguardGrid? grid = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        grid ??= LifeguardGrid.Full;
        var tally = new LifeguardTally();
        var watch = Stopwatch.StartNew();
        var seeds = new Randomness(seed);
        for (var rep = 0; rep < reps; rep++)
        {
            foreach (var anomalous in grid.Anomalous)
            {
                foreach (var blocked in grid.Blocked)
                {
                    if (runs == LifeguardRuns.Threshold)
                        RunOnce(tally, config, seeds.Next(), grid.Members, anomalous, new Phases(blocked, null));
                    foreach (var normal in runs == LifeguardRuns.Interval ? grid.Normal : [])
                        RunOnce(tally, config, seeds.Next(), grid.Members, anomalous, new Phases(blocked, normal));
                }
            }
        }

        return Summarize(tally, config, runs, reps, watch.Elapsed.TotalSeconds, grid);
    }

    private static void RunOnce(LifeguardTally tally, LifeguardConfig config, ulong seed, int members, int count, in Phases phases)
    {
        using var world = new World(seed);
        world.AddCluster(members, config.Configure);
        world.RunFor(WarmUp);
        var places = Enumerable.Range(0, members).ToArray();
        new Randomness(seed + 1).Shuffle(places.AsSpan());
        var anomalous = places.Take(count).ToHashSet();
        foreach (var node in world.Nodes)
            node.ForgetSeeds();
        var (start, messages, bytes) = (world.Now, Messages(world), Bytes(world));
        PlayAnomalies(world, anomalous, phases);
        tally.Add(world, start, anomalous);
        tally.AddTraffic(Messages(world) - messages, Bytes(world) - bytes);
    }

    private static void PlayAnomalies(World world, HashSet<int> anomalous, in Phases phases)
    {
        var end = world.Now + IntervalsLast;
        do
        {
            foreach (var place in anomalous)
                world.Nodes[place].Block();
            world.RunFor(phases.Blocked);
            foreach (var place in anomalous)
                world.Nodes[place].Unblock();
            world.RunFor(phases.Normal ?? Aftermath);
        }
        while (phases.Normal is not null && world.Now < end);
    }

    private static long Messages(World world) => world.Nodes.Sum(node => node.Node.Counters.PacketsSent);

    private static long Bytes(World world) => world.Nodes.Sum(node => node.Node.Counters.BytesSent);

    private static LifeguardResult Summarize(
        LifeguardTally tally, LifeguardConfig config, LifeguardRuns runs, int reps, double wall, LifeguardGrid grid) => new()
    {
        Config = config.Name,
        Runs = runs,
        Grid = grid.Name,
        Reps = reps,
        RunCount = tally.RunCount,
        Fp = tally.Fp,
        FpMinus = tally.FpMinus,
        Detected = tally.Detected,
        FirstDetectP50S = tally.First(0.5),
        FirstDetectP99S = tally.First(0.99),
        FirstDetectP999S = tally.First(0.999),
        FullP50S = tally.Full(0.5),
        FullP99S = tally.Full(0.99),
        FullP999S = tally.Full(0.999),
        Messages = tally.Messages,
        Bytes = tally.Bytes,
        Transcript = tally.Transcript.ToString("X16", CultureInfo.InvariantCulture),
        WallS = wall,
        EventsPerS = tally.Events / wall,
    };

    /// <summary>How long members are blocked, and how long they are healthy before the next anomaly; null for one anomaly only.</summary>
    private readonly record struct Phases(TimeSpan Blocked, TimeSpan? Normal)
    {
        public Phases(int blocked, int? normal)
            : this(TimeSpan.FromMilliseconds(blocked), normal is { } span ? TimeSpan.FromMilliseconds(span) : null)
        {
        }
    }
}
