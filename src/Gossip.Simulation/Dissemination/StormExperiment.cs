using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// Many members start at nearly the same time, each with a record, all through one seed: how long until each shows all others with their
/// records, and what does it cost a member? Packets take time here and processors none, so the result is what the protocol itself needs.
/// </summary>
internal static class StormExperiment
{
    /// <summary>The last rumour has had its last send by then.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs the experiment. The same arguments give the same result.</summary>
    /// <param name="nodes">How many start.</param>
    /// <param name="within">The span in which they start, at equal distances; zero for all at once.</param>
    /// <param name="roundTrip">From one node to another and back; each way takes half of it.</param>
    /// <param name="drop">The share of datagrams that is lost, 0 to 1.</param>
    /// <param name="seeds">How many storms, each in a world of its own.</param>
    /// <param name="firstSeed">The seed of the first world.</param>
    /// <param name="configure">Changes the members' options; null for none.</param>
    public static StormResult Run(
        int nodes,
        TimeSpan within,
        TimeSpan roundTrip,
        double drop,
        int seeds,
        ulong firstSeed = 1,
        Func<NodeOptions, NodeOptions>? configure = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(within, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(seeds, 1);
        var storms = new List<Storm>(seeds);
        for (var run = 0; run < seeds; run++)
        {
            using var world = new World(firstSeed + (ulong)run) { KeepsObservations = false };
            world.Network.Faults = LinkFaults.None with { ShortestDelay = roundTrip / 2, LongestDelay = roundTrip / 2, Loss = drop };
            var storm = new Storm(world, nodes);
            for (var i = 0; i < nodes; i++)
            {
                Start(world, configure);
                if (i < nodes - 1)
                    world.RunFor(within / (nodes - 1));
            }

            storm.HasPeaked();
            world.RunUntil(() => storm.Missing == 0, Patience);
            world.RunFor(Aftermath);
            storm.IsOver();
            storms.Add(storm);
        }

        return new StormResult
        {
            Nodes = nodes,
            WithinMs = within.TotalMilliseconds,
            RoundTripMs = roundTrip.TotalMilliseconds,
            Drop = drop,
            Seeds = seeds,
            NearlyMs = RoundsExperiment.Median(storms.Select(storm => storm.Nearly.TotalMilliseconds)),
            NearlyMsWorst = storms.Max(storm => storm.Nearly.TotalMilliseconds),
            AllMs = RoundsExperiment.Median(storms.Select(storm => storm.All.TotalMilliseconds)),
            AllMsWorst = storms.Max(storm => storm.All.TotalMilliseconds),
            Missed = storms.Sum(storm => storm.Missing),
            PacketsPerNode = Math.Round(RoundsExperiment.Median(storms.Select(storm => (double)storm.Packets / nodes)), 1),
            KbPerNode = Math.Round(RoundsExperiment.Median(storms.Select(storm => storm.Bytes / 1000.0 / nodes)), 1),
        };
    }

    private static void Start(World world, Func<NodeOptions, NodeOptions>? configure)
    {
        var node = world.Add(configure);
        node.SeededBy(world.Nodes[0]);
        node.Register(new ServiceRecord
        {
            InstanceId = $"instance-{node.Index}",
            Service = $"service-{node.Index % 8}",
            Version = "1.0.0",
            Endpoints = [new ServiceEndpoint("http", "http", node.Address.ToIPAddress().ToString(), 5000)],
        });
    }

    /// <summary>Which member shows which.</summary>
    private sealed class Storm
    {
        private const double MostOf = 0.99;

        private readonly World _world;
        private readonly int _nodes;
        private readonly HashSet<(int Observer, MemberId Member)> _shown = [];
        private TimeSpan _peak;
        private TimeSpan? _nearly;
        private TimeSpan? _all;

        public Storm(World world, int nodes)
        {
            (_world, _nodes) = (world, nodes);
            world.Observed = Observe;
        }

        /// <summary>From the last start until 99 % of the pairs were shown for the first time.</summary>
        public TimeSpan Nearly => SincePeak(_nearly);

        /// <summary>From the last start until all were.</summary>
        public TimeSpan All => SincePeak(_all);

        public int Missing => (_nodes * (_nodes - 1)) - _shown.Count;

        public long Packets { get; private set; }

        public long Bytes { get; private set; }

        /// <summary>The last member has started.</summary>
        public void HasPeaked() => _peak = _world.Now;

        public void IsOver()
        {
            Packets = _world.Nodes.Sum(node => node.Node.Counters.PacketsSent);
            Bytes = _world.Nodes.Sum(node => node.Node.Counters.BytesSent);
        }

        private void Observe(SimulatedNode node, ClusterEvent happened)
        {
            if (happened.Member.Id == node.Node.Self.Id)
                return;
            var isWhole = happened.Member.IsLive && happened.Member.StoredRecords.Count > 0;
            var hasChanged = isWhole ? _shown.Add((node.Index, happened.Member.Id)) : _shown.Remove((node.Index, happened.Member.Id));
            if (!hasChanged || !isWhole)
                return;
            if (_shown.Count >= MostOf * _nodes * (_nodes - 1))
                _nearly ??= _world.Now;
            if (Missing == 0)
                _all = _world.Now;
        }

        /// <summary>Most pairs may be shown before the last start. A moment that never came counts as the longest wait.</summary>
        private TimeSpan SincePeak(TimeSpan? moment) => moment is null ? Patience : moment > _peak ? moment.Value - _peak : TimeSpan.Zero;
    }
}

/// <summary>How a storm of joins ended.</summary>
internal sealed record StormResult
{
    /// <summary>How many members started.</summary>
    public required int Nodes { get; init; }

    /// <summary>In what span, in milliseconds.</summary>
    public required double WithinMs { get; init; }

    /// <summary>From one node to another and back, in milliseconds.</summary>
    public required double RoundTripMs { get; init; }

    /// <summary>The share of datagrams that was lost.</summary>
    public required double Drop { get; init; }

    /// <summary>How many storms were measured, each in a world of its own.</summary>
    public required int Seeds { get; init; }

    /// <summary>
    /// Virtual milliseconds from the last start until 99 % of the pairs (observer, member) were shown, records and all: the median over the
    /// storms.
    /// </summary>
    public required double NearlyMs { get; init; }

    /// <summary>The most over all storms.</summary>
    public required double NearlyMsWorst { get; init; }

    /// <summary>The same until all pairs were shown.</summary>
    public required double AllMs { get; init; }

    /// <summary>The most over all storms.</summary>
    public required double AllMsWorst { get; init; }

    /// <summary>
    /// Pairs that were not shown after five minutes, over all storms. A share that a storm never reached counts as five minutes above.
    /// </summary>
    public required int Missed { get; init; }

    /// <summary>Packets that a member sent until a second after the end: the median over the storms.</summary>
    public required double PacketsPerNode { get; init; }

    /// <summary>Their bytes, in 10³.</summary>
    public required double KbPerNode { get; init; }
}
