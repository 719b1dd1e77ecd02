using System.Globalization;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// A world of nodes in virtual time. Everything that happens follows from the seed: the same seed and the same calls give the same
/// <see cref="Transcript"/>, on every machine.
/// </summary>
public sealed class World : IDisposable
{
    private readonly PriorityQueue<WorldEvent, (long Ticks, long Order)> _agenda = new();
    private readonly List<SimulatedNode> _nodes = [];
    private readonly List<Observation> _observations = [];
    private readonly Randomness _randomness;
    private long _order;

    /// <summary>Makes an empty world.</summary>
    /// <param name="seed">From which everything follows. Print it with every failure.</param>
    public World(ulong seed)
    {
        Seed = seed;
        _randomness = new Randomness(seed);
        Network = new Network(this, new Randomness(_randomness.Next()));
    }

    /// <summary>From which everything follows.</summary>
    public ulong Seed { get; }

    /// <summary>The virtual time since the world began.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>What lies between the nodes.</summary>
    public Network Network { get; }

    /// <summary>All nodes, the crashed ones included, in the order in which they were added.</summary>
    public IReadOnlyList<SimulatedNode> Nodes => _nodes;

    /// <summary>What the nodes published, in order.</summary>
    public IReadOnlyList<Observation> Observations => _observations;

    /// <summary>How many things have happened.</summary>
    public long Events { get; private set; }

    /// <summary>A hash of everything that happened so far: equal runs have equal transcripts.</summary>
    public ulong Transcript { get; private set; }

    /// <summary>Adds a node and starts it. It knows nobody until it is told of a seed.</summary>
    /// <param name="configure">Changes the options that the node is born with, at each start.</param>
    public SimulatedNode Add(Func<NodeOptions, NodeOptions>? configure = null)
    {
        var node = new SimulatedNode(this, _nodes.Count, new Randomness(_randomness.Next()), configure ?? (options => options));
        _nodes.Add(node);
        node.Start();
        return node;
    }

    /// <summary>Adds nodes that all have the first one as their seed.</summary>
    public IReadOnlyList<SimulatedNode> AddCluster(int count, Func<NodeOptions, NodeOptions>? configure = null)
    {
        for (var i = 0; i < count; i++)
            Add(configure).SeededBy(_nodes[0]);
        return _nodes;
    }

    /// <summary>Lets time pass.</summary>
    public void RunFor(TimeSpan span) => RunUntil(() => false, span);

    /// <summary>Lets time pass until a condition holds, which is looked at after each event.</summary>
    /// <returns>True when it held within <paramref name="limit"/>.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Now + limit;
        while (!condition())
        {
            if (!_agenda.TryPeek(out _, out var next) || next.Ticks > end.Ticks)
            {
                Now = end;
                return condition();
            }

            Step();
        }

        return true;
    }

    /// <summary>
    /// Whether every running node sees exactly the running nodes as alive, suspects nobody, and all agree on their records.
    /// </summary>
    public bool IsInAgreement()
    {
        uint? digest = null;
        var running = _nodes.Count(node => node.IsRunning);
        foreach (var node in _nodes.Where(node => node.IsRunning))
        {
            if ((digest ??= node.Node.Digest) != node.Node.Digest || node.AliveCount != running || node.LiveCount != running)
                return false;
        }

        return true;
    }

    /// <summary>A line for a failing test: how to see it again.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"GOSSIP_SEED={Seed} at {Now.TotalSeconds:0.000} s, {_nodes.Count} nodes, {Network}");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var node in _nodes)
            node.Dispose();
    }

    internal void Schedule(TimeSpan at, SimulatedNode node, WorldEventKind kind, Parcel? parcel = null, int life = 0) =>
        _agenda.Enqueue(new WorldEvent(node, kind, parcel, life), (at.Ticks, _order++));

    internal void Observe(SimulatedNode observer, in ClusterEvent happened)
    {
        _observations.Add(new Observation(Now, observer, happened.Kind, happened.Member.Id, happened.Member.Name, happened.Evidence));
        Record((ulong)happened.Kind, happened.Member.Id.Value);
    }

    internal void Record(ulong what, ulong whom) => Transcript = StableHash.Mix(Transcript ^ what, whom ^ (ulong)Now.Ticks);

    private void Step()
    {
        _agenda.TryDequeue(out var happening, out var key);
        Now = new TimeSpan(key.Ticks);
        Events++;
        Record((ulong)happening.Kind, (ulong)happening.Node.Index);
        happening.Node.Handle(happening);
    }
}

/// <summary>Something that a node published.</summary>
/// <param name="At">The virtual time since the world began.</param>
/// <param name="Observer">Who published it.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Member">To whom.</param>
/// <param name="Name">The name of the member.</param>
/// <param name="Evidence">On what grounds, for accusations.</param>
public sealed record Observation(
    TimeSpan At, SimulatedNode Observer, ClusterEventKind Kind, MemberId Member, string Name, Evidence Evidence);

internal enum WorldEventKind
{
    Tick,
    Datagram,
    Stream,
    StreamRefused,
    StreamTimedOut,
    Resume,
    AskSeeds,
}

internal sealed record Parcel(PeerAddress Peer, byte[] Bytes);

internal readonly record struct WorldEvent(SimulatedNode Node, WorldEventKind Kind, Parcel? Parcel, int Life);
