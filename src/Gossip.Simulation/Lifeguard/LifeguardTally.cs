using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>Counts what the runs showed.</summary>
internal sealed class LifeguardTally
{
    private readonly List<double> _first = [];
    private readonly List<double> _full = [];

    public int RunCount { get; private set; }

    public long Fp { get; private set; }

    public long FpMinus { get; private set; }

    public int Detected => _first.Count;

    public long Messages { get; private set; }

    public long Bytes { get; private set; }

    public long Events { get; private set; }

    /// <summary>A hash of everything that happened in all runs.</summary>
    public ulong Transcript { get; private set; }

    /// <summary>Takes in one run that is over.</summary>
    /// <param name="world">The world of the run.</param>
    /// <param name="start">When the anomaly began.</param>
    /// <param name="anomalous">The members that had it, by their place in the world.</param>
    public void Add(World world, TimeSpan start, IReadOnlySet<int> anomalous)
    {
        RunCount++;
        Events += world.Events;
        Transcript = StableHash.Mix(Transcript, world.Transcript);
        var byId = world.Nodes.ToDictionary(node => node.Node.Self.Id, node => node.Index);
        var deaths = world.Observations
            .Where(seen => seen.Kind == ClusterEventKind.MemberDied && seen.At >= start)
            .Select(seen => (seen.At, Observer: seen.Observer.Index, Member: byId[seen.Member]))
            .ToList();
        Fp += deaths.Count(death => !anomalous.Contains(death.Member));
        FpMinus += deaths.Count(death => !anomalous.Contains(death.Member) && !anomalous.Contains(death.Observer));
        var healthy = world.Nodes.Count - anomalous.Count;
        foreach (var seen in deaths.Where(death => anomalous.Contains(death.Member)).GroupBy(death => death.Member))
        {
            _first.Add((seen.Min(death => death.At) - start).TotalSeconds);
            var known = seen.Where(death => !anomalous.Contains(death.Observer))
                .GroupBy(death => death.Observer, (_, deaths) => deaths.Min(death => death.At))
                .ToList();
            if (known.Count == healthy)
                _full.Add((known.Max() - start).TotalSeconds);
        }
    }

    /// <summary>Adds what the nodes sent.</summary>
    public void AddTraffic(long messages, long bytes)
    {
        Messages += messages;
        Bytes += bytes;
    }

    public double? First(double share) => Quantile(_first, share);

    public double? Full(double share) => Quantile(_full, share);

    /// <summary>The nearest rank.</summary>
    private static double? Quantile(List<double> sample, double share)
    {
        sample.Sort();
        return sample.Count == 0 ? null : sample[Math.Clamp((int)Math.Ceiling(share * sample.Count) - 1, 0, sample.Count - 1)];
    }
}
