using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// One process of a cluster at rest stops for a while: nothing is sent, arriving packets wait in the socket's buffer, and when it goes on
/// all its timers are overdue. Is it held dead, by which members, and how soon is that corrected?
/// </summary>
internal static class PauseExperiment
{
    /// <summary>The members share their probe rounds by then.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(7);

    /// <summary>The effects of the paused node's first moments show by then.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs one preset with one pause. The same arguments give the same result.</summary>
    /// <param name="preset">What the members are told to tolerate.</param>
    /// <param name="members">The size of the cluster.</param>
    /// <param name="pause">How long the process is stopped.</param>
    /// <param name="runs">How many processes do so, each in a world of its own.</param>
    /// <param name="firstSeed">The seed of the first world.</param>
    public static PauseResult Run(Preset preset, int members, TimeSpan pause, int runs, ulong firstSeed = 1)
    {
        ArgumentNullException.ThrowIfNull(preset);
        ArgumentOutOfRangeException.ThrowIfLessThan(runs, 1);
        var witnesses = new List<Witness>(runs);
        for (var run = 0; run < runs; run++)
            witnesses.Add(RunOnce(preset, members, pause, firstSeed + (ulong)run));
        var back = witnesses.Select(one => one.Back.TotalSeconds).Order().ToList();
        return new PauseResult(
            preset.Name,
            members,
            pause.TotalSeconds,
            runs,
            witnesses.Count(one => one.Suspected),
            witnesses.Count(one => one.HeldDeadBy > 0),
            witnesses.Max(one => one.HeldDeadBy),
            witnesses.Count(one => one.AccusedByPaused),
            witnesses.Sum(one => one.OthersHeldDead),
            Math.Round(back[(back.Count - 1) / 2], 4),
            Math.Round(back[^1], 4));
    }

    /// <summary>What a preset costs: how long hosts that fall silent for good go unnoticed.</summary>
    public static PatienceResult Price(Preset preset, int members, int hosts, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(preset);
        var silent = SilentHosts.Run(LifeguardConfig.Default.With(preset.Name, preset.ApplyTo), hosts, seed, members);
        return new PatienceResult(
            preset.Name,
            members,
            Math.Round(silent.FirstP50S, 2),
            Math.Round(silent.FirstP99S, 2),
            Math.Round(silent.FullP50S, 2),
            Math.Round(silent.FullP99S, 2));
    }

    private static Witness RunOnce(Preset preset, int members, TimeSpan pause, ulong seed)
    {
        using var world = new World(seed) { KeepsObservations = false };
        world.AddStandingCluster(members, preset.ApplyTo);
        var chance = new Randomness(seed ^ 0x9A05E);
        world.RunFor(Settle + chance.Between(TimeSpan.Zero, TimeSpan.FromSeconds(3)));
        var paused = world.Nodes[chance.Below(members)];
        var witness = new Witness(world, paused);
        paused.Pause(pause);
        world.RunFor(pause);
        var awake = world.Now;
        world.RunUntil(() => !paused.IsPaused && witness.AreAllHeldAlive, Patience);
        witness.Back = world.Now - awake;
        world.RunFor(Aftermath);
        return witness;
    }

    /// <summary>Watches which member accuses which.</summary>
    private sealed class Witness
    {
        private readonly SimulatedNode _paused;
        private readonly HashSet<(int Observer, MemberId Member)> _doubts = [];
        private readonly HashSet<int> _mourners = [];

        public Witness(World world, SimulatedNode paused)
        {
            _paused = paused;
            world.Observed = Observe;
        }

        public bool Suspected { get; private set; }

        public int HeldDeadBy => _mourners.Count;

        public bool AccusedByPaused { get; private set; }

        public int OthersHeldDead { get; private set; }

        public TimeSpan Back { get; set; }

        /// <summary>Whether no member doubts another, as far as was published since the pause began.</summary>
        public bool AreAllHeldAlive => _doubts.Count == 0;

        private void Observe(SimulatedNode observer, ClusterEvent happened)
        {
            var doubt = (observer.Index, happened.Member.Id);
            var isAboutPaused = happened.Member.Id == _paused.Node.Self.Id;
            switch (happened.Kind)
            {
                case ClusterEventKind.MemberSuspected:
                    _doubts.Add(doubt);
                    Suspected |= isAboutPaused;
                    AccusedByPaused |= happened.Testimonies.Any(word => word.Accuser == _paused.Node.Self.Id);
                    break;
                case ClusterEventKind.MemberDied:
                    _doubts.Add(doubt);
                    if (isAboutPaused)
                        _mourners.Add(observer.Index);
                    else
                        OthersHeldDead++;
                    break;
                case ClusterEventKind.MemberRefuted or ClusterEventKind.MemberJoined:
                    _doubts.Remove(doubt);
                    break;
            }
        }
    }
}
