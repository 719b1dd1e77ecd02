using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// A world of nodes in virtual time. Everything that happens follows from the seed: the same seed and the same calls give the same
/// <see cref="Transcript"/>, on every machine.
/// </summary>
internal sealed class World : IDisposable
{
    private readonly Agenda _agenda = new();
    private readonly Stack<Parcel> _parcels = new();
    private readonly Dictionary<MemberId, Birth> _births = [];
    private readonly List<SimulatedNode> _nodes = [];
    private readonly ObservationLog _observations = new();
    private readonly Randomness _randomness;
    private Parcel? _delivered;

    /// <summary>Makes an empty world.</summary>
    /// <param name="seed">The seed from which everything follows. Print it with every failure.</param>
    public World(ulong seed)
    {
        Seed = seed;
        _randomness = new Randomness(seed);
        Network = new Network(this, new Randomness(_randomness.Next()));
    }

    /// <summary>The seed from which everything follows.</summary>
    public ulong Seed { get; }

    /// <summary>The virtual time since the world began.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>The network between the nodes.</summary>
    public Network Network { get; }

    /// <summary>All nodes, the crashed ones included, in the order in which they were added.</summary>
    public IReadOnlyList<SimulatedNode> Nodes => _nodes;

    /// <summary>Whether <see cref="Observations"/> are kept. A large world that runs for long does not keep them.</summary>
    public bool KeepsObservations { get; set; } = true;

    /// <summary>What the nodes published, in order.</summary>
    public IReadOnlyList<Observation> Observations => _observations;

    /// <summary>How many things have happened.</summary>
    public long Events { get; private set; }

    /// <summary>
    /// A hash of everything that happened so far, and of each byte that arrived: equal runs have equal transcripts. A change of the code's
    /// form does not change it; one of the protocol's behaviour does.
    /// </summary>
    public ulong Transcript { get; private set; }

    /// <summary>Adds a node and starts it. It knows no other node until it is given a seed.</summary>
    /// <param name="configure">Changes the options of the node, at each start.</param>
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

    /// <summary>
    /// Adds nodes that know each other from the start, as after a long quiet time, and share the parts of that which never change. Joining
    /// costs each of n nodes n messages and n objects of its own, so that a world of many thousands would never come to rest.
    /// </summary>
    public IReadOnlyList<SimulatedNode> AddStandingCluster(int count, Func<NodeOptions, NodeOptions>? configure = null)
    {
        var first = _nodes.Count;
        for (var i = 0; i < count; i++)
            Add(configure);
        var added = _nodes.GetRange(first, count);
        MemberProfile[] profiles = [.. added.Select(node => node.Node.Self.Profile).OrderBy(profile => profile.Id.Value)];
        foreach (var node in added)
            node.Preload(profiles);
        return _nodes;
    }

    /// <summary>Lets time pass.</summary>
    public void RunFor(TimeSpan span) => RunUntil(() => false, span);

    /// <summary>Lets time pass until a condition holds, which is checked after each event.</summary>
    /// <returns>True when it held within <paramref name="limit"/>.</returns>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Now + limit;
        while (!condition())
        {
            if (TryStep(end.Ticks))
                continue;
            Now = end;
            return condition();
        }

        return true;
    }

    /// <summary>
    /// Whether every running node sees exactly the running nodes as alive, suspects none, and all agree on their records.
    /// </summary>
    public bool IsInAgreement()
    {
        uint? digest = null;
        var running = 0;
        foreach (var node in _nodes)
        {
            if (!node.IsRunning)
                continue;
            running++;
            if ((digest ??= node.Node.Digest) != node.Node.Digest)
                return false;
        }

        foreach (var node in _nodes)
        {
            if (node.IsRunning && !node.SeesAlive(running))
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

    /// <summary>Called with everything that a node publishes.</summary>
    public Action<SimulatedNode, ClusterEvent>? Observed { get; set; }

    /// <summary>The sender of the packet that is being delivered; null when a clock caused the event.</summary>
    internal PeerAddress? Cause => _delivered?.Peer;

    internal void Schedule(TimeSpan at, SimulatedNode node, WorldEventKind kind, Parcel? parcel = null, int life = 0) =>
        _agenda.Enter(at.Ticks, new WorldEvent(node, kind, parcel, life));

    internal Parcel Wrap(PeerAddress peer, ReadOnlySpan<byte> bytes)
    {
        if (!_parcels.TryPop(out var parcel))
            parcel = new Parcel();
        parcel.Fill(peer, bytes);
        return parcel;
    }

    internal void Unwrap(Parcel parcel)
    {
        if (parcel.IsSmall)
            _parcels.Push(parcel);
    }

    internal void Observe(SimulatedNode observer, in ClusterEvent happened)
    {
        if (KeepsObservations)
            _observations.Add(
                new Observation(Now, observer, happened.Kind, happened.Member.Id, happened.Member.Name, happened.Member.Gravest.Evidence));
        Record((ulong)happened.Kind, happened.Member.Id.Value);
        Observed?.Invoke(observer, happened);
    }

    internal void Enter(SimulatedNode node) => _births[node.Node.Self.Id] = new Birth(node, node.Node.Self, node.Life);

    /// <summary>Finds the node that has, or had, an id.</summary>
    internal bool TryFindBirth(MemberId id, out Birth birth) => _births.TryGetValue(id, out birth);

    internal void Record(ulong what, ulong whom) => Transcript = StableHash.Mix(Transcript ^ what, whom ^ (ulong)Now.Ticks);

    /// <summary>Eight bytes at a time: a packet is hashed while it is in the cache, much faster than it is read.</summary>
    private static ulong HashOf(ReadOnlySpan<byte> bytes)
    {
        const ulong Odd = 0x9E3779B97F4A7C15;
        var hash = 0ul;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            hash = BitOperations.RotateLeft((hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * Odd, 29);
        foreach (var one in bytes)
            hash = BitOperations.RotateLeft((hash ^ one) * Odd, 29);
        return hash;
    }

    private bool TryStep(long endTicks)
    {
        if (!_agenda.TryTake(endTicks, out var ticks, out var happening))
            return false;
        Now = new TimeSpan(ticks);
        Events++;
        _delivered = happening.Parcel;
        Record((ulong)happening.Kind, (ulong)happening.Node.Index);
        if (happening.Parcel is { Length: > 0 } came)
            Record((ulong)came.Length, HashOf(came.Bytes));
        if (!happening.Node.TryKeep(happening) && happening.Parcel is { } parcel)
            Unwrap(parcel);
        _delivered = null;
        return true;
    }
}

/// <summary>Something that a node published.</summary>
/// <param name="At">The virtual time since the world began.</param>
/// <param name="Observer">The node that published it.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Member">The member it happened to.</param>
/// <param name="Name">The name of the member.</param>
/// <param name="Evidence">On what grounds, for accusations.</param>
internal readonly record struct Observation(
    TimeSpan At, SimulatedNode Observer, ClusterEventKind Kind, MemberId Member, string Name, Evidence Evidence);

/// <summary>One life of a node. Of one that is over the node's own row is left: its table is as large as the cluster was.</summary>
internal readonly record struct Birth(SimulatedNode Owner, Member Self, int Life)
{
    /// <summary>Whether the process of that life still runs.</summary>
    public bool IsRunning => Owner.IsRunning && Owner.Life == Life;
}
