using System.Globalization;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// One run in two acts. In the first, the faults of a row break things by a timeline, with the safety properties watched all along; in the
/// second all is healed, and agreement is demanded within a bound.
/// </summary>
internal sealed partial class FaultRun : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly List<(TimeSpan At, Action Act)> _timeline = [];
    private readonly List<string> _declared = [];
    private readonly List<Func<string?>> _demands = [];
    private readonly HashSet<SimulatedNode> _afflicted = [];
    private readonly HashSet<SimulatedNode> _gone = [];
    private readonly Dictionary<(int Observer, MemberId Member), int> _changes = [];
    private ulong _writes;

    public FaultRun(ulong seed, int size)
    {
        World = new World(seed);
        Chance = new Randomness(seed ^ 0xFA017);
        Safety = new SafetyChecker(World);
        World.Observed += CountChange;
        Size = size;
        Length = TimeSpan.FromSeconds(40 + Chance.Below(40));
    }

    public World World { get; }

    public Randomness Chance { get; }

    public SafetyChecker Safety { get; }

    public int Size { get; }

    /// <summary>How long the first act takes.</summary>
    public TimeSpan Length { get; private set; }

    /// <summary>Changes the options of every node.</summary>
    public Func<NodeOptions, NodeOptions> Configure { get; private set; } = options => options;

    /// <summary>Whether the demands of single rows do not count, since several break at once; safety and agreement do.</summary>
    public bool DropsDemands { get; set; }

    /// <summary>The rows that break at once, where it is not one.</summary>
    public IReadOnlyList<FaultRow> Parts { get; set; } = [];

    /// <summary>How long agreement took after healing.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>
    /// Parts of a cluster meet when a node asks a seed, which it does not do while it holds the seed alive. So one probe of a node in the
    /// worst local health takes 9 rounds; the suspicion runs out within α · β · max(1, log10 n) rounds; a seed is asked within 10 s plus
    /// the 1 s between two turns; and news that gossip missed is found by the digests of the next 5 probes. Dead members are also tried,
    /// one in 1.5 revive intervals at the latest, but the bound does not rely on that: most of them may stay away.
    /// </summary>
    public TimeSpan Bound => (9 + (12 * Math.Max(1, Math.Log10(World.Nodes.Count))) + (10 + 1) + 5) * Second;

    /// <summary>The options drawn from the seed, for the line that a failure prints.</summary>
    public string Options =>
        string.Create(CultureInfo.InvariantCulture, $"{{nodes {Size}, chaos {Length.TotalSeconds:0} s, {string.Join(", ", _declared)}}}");

    /// <summary>The span between the first and the last moment of the chaos in which something may start.</summary>
    public TimeSpan Moment => Length * (Chance.Fraction() * 0.8);

    /// <summary>Notes a drawn option.</summary>
    public void Declare(FormattableString what) => _declared.Add(what.ToString(CultureInfo.InvariantCulture));

    /// <summary>Makes the first act last at least so long. Faults entered before rely on its length, so no call makes it shorter.</summary>
    public void Lasts(TimeSpan span) => Length = span > Length ? span : Length;

    /// <summary>Adds this change to the options of every node, after earlier ones: of several rows none undoes another's.</summary>
    public void BornWith(Func<NodeOptions, NodeOptions> change)
    {
        var before = Configure;
        Configure = options => change(before(options));
    }

    /// <summary>Enters what happens at a moment of the chaos.</summary>
    public void At(TimeSpan moment, Action act) => _timeline.Add((moment, act));

    /// <summary>What must hold when the chaos ends; null when it does.</summary>
    public void Demand(Func<string?> problem)
    {
        if (!DropsDemands)
            _demands.Add(problem);
    }

    /// <summary>How much is demanded when the chaos ends.</summary>
    public int DemandCount => _demands.Count;

    /// <summary>Marks a node as broken on purpose: what it says of others, and others of it, is excused where a demand says so.</summary>
    public void Afflict(SimulatedNode node) => _afflicted.Add(node);

    public bool IsAfflicted(SimulatedNode node) => _afflicted.Contains(node);

    /// <summary>The node stays away when all is healed.</summary>
    public void Lose(SimulatedNode node) => _gone.Add(node);

    /// <summary>Any node, the broken ones included.</summary>
    public SimulatedNode AnyNode() => World.Nodes[Chance.Below(World.Nodes.Count)];

    /// <summary>A number of different nodes.</summary>
    public SimulatedNode[] Some(int count)
    {
        var all = World.Nodes.ToArray();
        Chance.Shuffle<SimulatedNode>(all);
        return all[..Math.Clamp(count, 1, all.Length)];
    }

    /// <summary>Adds a node that knows the first two as its seeds.</summary>
    public SimulatedNode Join()
    {
        var node = World.Add(Configure);
        node.SeededBy(World.Nodes[0]);
        if (World.Nodes.Count > 1)
            node.SeededBy(World.Nodes[1]);
        return node;
    }

    public void Dispose() => World.Dispose();

    /// <summary>Runs both acts. Breaks are entered by <paramref name="inject"/> when the cluster stands.</summary>
    public void Play(Action<FaultRun> prepare, Action<FaultRun> inject)
    {
        prepare(this);
        for (var i = 0; i < Size; i++)
            Join();
        if (Size > 1)
            World.Nodes[0].SeededBy(World.Nodes[1]);
        if (!Reaches(World.IsInAgreement, 30 * Second))
            Safety.Report("the cluster never formed");
        _changes.Clear();
        World.Network.Faults = LinkFaults.None with { LosesStreams = true };
        inject(this);
        EnterWrites();
        Break();
        foreach (var demand in _demands)
        {
            if (demand() is { } problem)
                Safety.Report(problem);
        }

        Heal();
        AwaitAgreement();
    }

    /// <summary>Lets time pass until a condition holds, with the tables watched each second.</summary>
    public bool Reaches(Func<bool> condition, TimeSpan limit)
    {
        var end = World.Now + limit;
        var sweep = World.Now;
        while (World.Now < end)
        {
            if (condition())
                return true;
            World.RunFor(Second / 50);
            if (World.Now < sweep)
                continue;
            Safety.Sweep();
            sweep = World.Now + Second;
        }

        return condition();
    }

    private void Break()
    {
        var start = World.Now;
        var next = 0;
        var timeline = _timeline.OrderBy(entry => entry.At).ToList();
        while (World.Now - start < Length)
        {
            while (next < timeline.Count && start + timeline[next].At <= World.Now)
                timeline[next++].Act();
            var until = start + Length;
            if (next < timeline.Count && start + timeline[next].At < until)
                until = start + timeline[next].At;
            var step = until - World.Now;
            World.RunFor(step < Second ? step : Second);
            Safety.Sweep();
        }

        if (next < timeline.Count && timeline[^1].At > Length)
            Safety.Report(
                $"what was entered for {timeline[^1].At.TotalSeconds:0.0} s of the chaos did not happen, "
                    + $"which took {Length.TotalSeconds:0.0} s");
    }

    private void Heal()
    {
        World.Network.Heal();
        World.Network.Faults = LinkFaults.None;
        foreach (var node in World.Nodes)
        {
            if (!node.IsRunning && !_gone.Contains(node))
                node.Restart();
        }

        // A paused node wakes by itself, however long that takes: of several faults at once one may last longer than the act.
        Reaches(() => World.Nodes.All(node => !node.IsPaused), 3600 * Second);
    }

    private void AwaitAgreement()
    {
        var healed = World.Now;
        var bound = Bound;
        if (!Reaches(World.IsInAgreement, bound))
        {
            Safety.Report($"no agreement within {bound.TotalSeconds:0} s: {Disagreement()}");
            return;
        }

        Took = World.Now - healed;
        CompareRecords();
        AwaitProofs();
        var deaths = Safety.FalseDeaths.Count;
        Reaches(() => false, 15 * Second);
        if (!Reaches(World.IsInAgreement, 2 * Second))
            Safety.Report($"agreement did not last: {Disagreement()}");
        // A member that is held for out of reach is probed out of turn, one in two rounds.
        if (!Reaches(() => FirstUnreached() is null, bound))
            Safety.Report($"{bound.TotalSeconds:0} s after all agreed {FirstUnreached()}");
        if (Safety.FalseDeaths.Count > deaths)
            Safety.Report($"after all had healed, {Safety.FalseDeaths[deaths]}");
    }
}
