using System.Collections;
using System.Globalization;
using System.Net;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// A node in the world: a process that can crash, restart, pause and leave. Its clock has an origin of its own, so an instant that
/// travels by mistake is noticed.
/// </summary>
internal sealed partial class SimulatedNode : IOutbox, IDisposable
{
    /// <summary>
    /// How many packets wait for a paused process; more are dropped, as by a socket's buffer. By default Linux grants 208 KiB, doubles that
    /// for its bookkeeping, and charges some 800 bytes for a small datagram.
    /// </summary>
    private const int InboxCapacity = 512;

    /// <summary>After an exception, as the shell has it.</summary>
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly World _world;
    private readonly Randomness _randomness;
    private readonly Func<NodeOptions, NodeOptions> _configure;
    private readonly Queue<WorldEvent> _inbox = new();
    private readonly List<SimulatedNode> _seeds = [];
    private TimeSpan _origin;
    private TimeSpan _tickAt = TimeSpan.MaxValue;
    private TimeSpan _asleepUntil;

    internal SimulatedNode(World world, int index, Randomness randomness, Func<NodeOptions, NodeOptions> configure)
    {
        _world = world;
        _randomness = randomness;
        _configure = configure;
        Index = index;
        Name = ToString();
        Address = PeerAddress.From(new IPAddress([10, (byte)(index >> 16), (byte)(index >> 8), (byte)index]), 7390);
    }

    /// <summary>The place in <see cref="World.Nodes"/>.</summary>
    public int Index { get; }

    /// <summary>Where the node is reached.</summary>
    public PeerAddress Address { get; private set; }

    /// <summary>The protocol's node of the present life.</summary>
    public Node Node { get; private set; } = null!;

    /// <summary>How often the process was started.</summary>
    public int Life { get; private set; }

    /// <summary>Whether the process runs. A paused one does.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>Whether the process is paused.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Whether the whole host is down: it does not even refuse.</summary>
    public bool IsHostDown { get; private set; }

    /// <summary>How many members the node holds alive, itself included.</summary>
    public int AliveCount => Count(MemberState.Alive);

    /// <summary>How many members the node holds alive or suspect, itself included.</summary>
    public int LiveCount => Count(MemberState.Suspect);

    /// <summary>How much longer than usual all ways to and from the node are.</summary>
    public TimeSpan Distance { get; set; }

    /// <summary>The name that the node is given at its next start.</summary>
    internal string Name { get; set; }

    /// <summary>How wrong the wall clock is at the node's next start; nothing else reads it.</summary>
    internal TimeSpan WallSkew { get; set; }

    /// <summary>Additional faults of everything that the node sends.</summary>
    internal LinkFaults? Outgoing { get; set; }

    /// <summary>Additional faults of everything that is sent to the node.</summary>
    internal LinkFaults? Incoming { get; set; }

    /// <summary>Writes the node's packets as another version would; null for this version.</summary>
    internal Func<byte[], byte[]>? Rewrite { get; set; }

    /// <summary>
    /// Whether the node's next call of its outbox throws, as with a bug in the shell; null for never. The process survives it, as the
    /// shell's loop does.
    /// </summary>
    internal Func<bool>? Fails { get; set; }

    /// <summary>Is told what the node publishes, whatever is broken.</summary>
    internal Action<ClusterEvent>? Tap { get; set; }

    /// <summary>Whether the whole host is suspended, so that arriving packets are lost.</summary>
    internal bool IsSuspended { get; private set; }

    /// <summary>Whether the host does not even refuse.</summary>
    internal bool IsUnreachable => IsHostDown || IsSuspended;

    private Instant LocalNow => new(_world.Now - _origin);

    /// <summary>Asks a seed now and repeatedly, at the address that the seed's name then resolves to.</summary>
    public void SeededBy(SimulatedNode seed)
    {
        _seeds.Add(seed);
        FollowSeeds();
    }

    /// <summary>Calls the node as its host would, in virtual time.</summary>
    public void Do(Action<Node, Instant, IOutbox> action)
    {
        try
        {
            action(Node, LocalNow, this);
        }
        catch (IOException)
        {
            // It goes to the caller, and not to the loop.
        }

        ScheduleTick();
    }

    /// <summary>Registers an instance of a service, or changes it.</summary>
    public void Register(ServiceRecord record) => Do((node, now, outbox) => node.Register(now, record, outbox));

    /// <summary>Removes an instance.</summary>
    public void Deregister(string instanceId) => Do((node, now, outbox) => node.Deregister(now, instanceId, outbox));

    /// <summary>Begins to prove that the others hold what the node has registered.</summary>
    public void Prove() => Do((node, now, _) => node.Prove(now));

    /// <summary>Says how busy the node's process is.</summary>
    public void ReportLoad(Load load) => Do((node, now, _) => node.ReportLoad(now, load));

    /// <summary>Says goodbye; the process ends when the goodbye has been sent.</summary>
    public void Leave() => Do((node, now, outbox) => node.Leave(now, outbox));

    /// <inheritdoc/>
    public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
        FailPerhaps();
        if (Rewrite is { } rewrite)
            packet = rewrite(packet.ToArray());
        if (!HoldsBack(peer, packet, delivery))
            _world.Network.Send(this, peer, packet, delivery);
    }

    /// <inheritdoc/>
    public void Publish(in ClusterEvent happened)
    {
        FailPerhaps();
        Tap?.Invoke(happened);
        _world.Observe(this, happened);
    }

    /// <inheritdoc/>
    public void Dispose() => Node?.Dispose();

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"node-{Index}");

    /// <summary>Whether the node holds exactly so many members alive, and suspects none.</summary>
    internal bool SeesAlive(int count) => AliveCount == count && LiveCount == count;

    /// <summary>Takes an event. True when it is kept for later, with its parcel.</summary>
    internal bool TryKeep(in WorldEvent happening)
    {
        if (!IsRunning || (happening.Life != 0 && happening.Life != Life))
            return false;
        if (happening.Kind == WorldEventKind.Tick && _world.Now != _tickAt)
            return false; // The node's deadline changed; another tick is entered for the new one.
        if (TakesBlocked(happening))
            return true;
        if (happening.Kind == WorldEventKind.Resume)
            Resume();
        else if (!IsPaused)
            TakeOrSurvive(happening);
        else if (happening.Kind != WorldEventKind.Tick && !(IsSuspended && happening.Parcel is not null) && _inbox.Count < InboxCapacity)
        {
            _inbox.Enqueue(happening);
            return true;
        }

        return false;
    }

    private void TakeOrSurvive(in WorldEvent happening)
    {
        try
        {
            Take(happening);
        }
        catch (IOException)
        {
            Pause(PauseAfterFailure);
        }
    }

    private void FailPerhaps()
    {
        if (Fails?.Invoke() == true)
            throw new IOException("The outbox fails.");
    }

    private int Count(MemberState worst)
    {
        var count = 0;
        foreach (var member in Node.Members)
            count += member.State <= worst ? 1 : 0;
        return count;
    }

    private void Take(in WorldEvent happening)
    {
        var now = LocalNow;
        switch (happening.Kind)
        {
            case WorldEventKind.Tick:
                _tickAt = TimeSpan.MaxValue;
                if (Node.NextDeadline <= now)
                    Node.Tick(now, this);
                break;
            case WorldEventKind.Datagram:
                Node.Receive(now, happening.Parcel!.Peer, happening.Parcel.Bytes, Delivery.Datagram, this);
                break;
            case WorldEventKind.Stream:
                Node.Receive(now, happening.Parcel!.Peer, happening.Parcel.Bytes, Delivery.Stream, this);
                break;
            case WorldEventKind.StreamRefused:
                Node.StreamFailed(now, happening.Parcel!.Peer, refused: true, this);
                break;
            case WorldEventKind.StreamTimedOut:
                Node.StreamFailed(now, happening.Parcel!.Peer, refused: false, this);
                break;
            case WorldEventKind.LookAtAddress:
                Node.Readdress(now, Address, this);
                break;
        }

        ScheduleTick();
    }

    private void FollowSeeds()
    {
        Node.FollowSeeds(LocalNow, new Names(_seeds), []);
        ScheduleTick();
    }

    private void ScheduleTick()
    {
        if (Node.HasLeft)
        {
            IsRunning = false;
            return;
        }

        var deadline = Node.NextDeadline;
        if (deadline == Instant.Never || IsPaused)
            return;
        var at = _origin + deadline.SinceStart;
        if (at < _world.Now)
            at = _world.Now;
        if (at >= _tickAt)
            return;
        _tickAt = at;
        _world.Schedule(at, this, WorldEventKind.Tick, life: Life);
    }

    /// <summary>Names resolve to the current addresses of their hosts.</summary>
    private sealed class Names(List<SimulatedNode> hosts) : IReadOnlyList<PeerAddress>
    {
        public int Count => hosts.Count;

        public PeerAddress this[int index] => hosts[index].Address;

        public IEnumerator<PeerAddress> GetEnumerator() => hosts.Select(host => host.Address).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
