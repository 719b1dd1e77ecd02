using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>How long it took until silent hosts were held dead, in virtual seconds.</summary>
/// <param name="Hosts">How many fell silent, one after the other.</param>
/// <param name="FirstP50S">Until the first member held the host dead: the median.</param>
/// <param name="FirstP99S">The same: 99 of 100 took no longer.</param>
/// <param name="FullP50S">Until all members did: the median.</param>
/// <param name="FullP99S">The same: 99 of 100 took no longer.</param>
/// <param name="Wrong">Members held dead that were not.</param>
internal sealed record SilentHostsResult(int Hosts, double FirstP50S, double FirstP99S, double FullP50S, double FullP99S, long Wrong);

/// <summary>
/// One host after the other falls silent for good, and is replaced when all know that. SWIM §3.1 expects α · log10(n) rounds, the probe's
/// window, and a wait for the first probe that is exponential when members probe independently.
/// </summary>
internal static class SilentHosts
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    /// <summary>Runs the experiment. The same arguments give the same result.</summary>
    /// <param name="config">How the members detect failures.</param>
    /// <param name="hosts">How many fall silent.</param>
    /// <param name="seed">From which everything follows.</param>
    /// <param name="members">The size of the cluster.</param>
    public static SilentHostsResult Run(LifeguardConfig config, int hosts, ulong seed, int members = 128)
    {
        ArgumentNullException.ThrowIfNull(config);
        using var world = new World(seed);
        world.AddCluster(members, config.Configure);
        world.RunFor(2 * Settle);
        var chance = new Randomness(seed + 1);
        var (first, full, wrong) = (new List<double>(), new List<double>(), 0L);
        for (var host = 0; host < hosts; host++)
        {
            world.RunFor(Settle + chance.Between(TimeSpan.Zero, Settle));
            var silent = world.Nodes[1 + chance.Below(members - 1)];
            var start = world.Now;
            var deaths = new Deaths(world, silent.Node.Self.Id);
            silent.Crash(withHost: true);
            world.RunUntil(() => deaths.Count() == members - 1, TimeSpan.FromMinutes(2));
            first.Add((deaths.First - start).TotalSeconds);
            wrong += deaths.Wrong;
            full.Add((world.Now - start).TotalSeconds);
            silent.Restart();
        }

        return new SilentHostsResult(hosts, Rank(first, 0.5), Rank(first, 0.99), Rank(full, 0.5), Rank(full, 0.99), wrong);
    }

    private static double Rank(List<double> sample, double share)
    {
        sample.Sort();
        return sample.Count == 0 ? double.NaN : sample[Math.Max(0, (int)Math.Ceiling(share * sample.Count) - 1)];
    }

    /// <summary>The nodes that have noticed, from now on.</summary>
    private sealed class Deaths(World world, MemberId silent)
    {
        private readonly HashSet<int> _observers = [];
        private int _seen = world.Observations.Count;

        public TimeSpan First { get; private set; } = TimeSpan.MaxValue;

        public long Wrong { get; private set; }

        public int Count()
        {
            for (; _seen < world.Observations.Count; _seen++)
            {
                var news = world.Observations[_seen];
                if (news.Kind != ClusterEventKind.MemberDied)
                    continue;
                if (news.Member != silent)
                    Wrong++;
                else if (_observers.Add(news.Observer.Index) && _observers.Count == 1)
                    First = news.At;
            }

            return _observers.Count;
        }
    }
}
