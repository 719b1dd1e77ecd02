using System.Globalization;
using System.Net;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// A node in the world: a process that can crash, restart, pause and leave. Its clock has an origin of its own, so an instant that
/// travels by mistake is noticed.
/// </summary>
public sealed class SimulatedNode : IOutbox, IDisposable
{
    /// <summary>What waits for a paused process; more is dropped, as a socket's buffer would.</summary>
    private const int InboxCapacity = 4096;

    private static readonly TimeSpan SeedInterval = TimeSpan.FromSeconds(1);

    private readonly World _world;
    private readonly Randomness _randomness;
    private readonly Func<NodeOptions, NodeOptions> _configure;
    private readonly Queue<WorldEvent> _inbox = new();
    private readonly List<PeerAddress> _seeds = [];
    private TimeSpan _origin;
    private TimeSpan _tickAt = TimeSpan.MaxValue;

    internal SimulatedNode(World world, int index, Randomness randomness, Func<NodeOptions, NodeOptions> configure)
    {
        _world = world;
        _randomness = randomness;
        _configure = configure;
        Index = index;
        Address = PeerAddress.From(new IPAddress([10, (byte)(index >> 16), (byte)(index >> 8), (byte)index]), 7390);
    }

    /// <summary>The place in <see cref="World.Nodes"/>.</summary>
    public int Index { get; }

    /// <summary>Where the node is reached.</summary>
    public PeerAddress Address { get; }

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
    public int AliveCount => Node.Members.Count(member => member.State == MemberState.Alive);

    /// <summary>How many members the node holds alive or suspect, itself included.</summary>
    public int LiveCount => Node.Members.Count(member => member.IsLive);

    private Instant LocalNow => new(_world.Now - _origin);

    /// <summary>Asks a seed now and, as the shell does, again every second.</summary>
    public void SeededBy(SimulatedNode seed)
    {
        _seeds.Add(seed.Address);
        _world.Schedule(_world.Now, this, WorldEventKind.AskSeeds, life: Life);
    }

    /// <summary>Calls the node as its host would, in virtual time.</summary>
    public void Do(Action<Node, Instant, IOutbox> action)
    {
        action(Node, LocalNow, this);
        ScheduleTick();
    }

    /// <summary>Registers an instance of a service, or changes it.</summary>
    public void Register(ServiceRecord record) => Do((node, now, outbox) => node.Register(now, record, outbox));

    /// <summary>Takes an instance back.</summary>
    public void Deregister(string instanceId) => Do((node, now, outbox) => node.Deregister(now, instanceId, outbox));

    /// <summary>Says goodbye; the process ends when the goodbye is told.</summary>
    public void Leave() => Do((node, now, outbox) => node.Leave(now, outbox));

    /// <summary>Ends the process with no goodbye.</summary>
    /// <param name="withHost">Whether the host goes down too: then connections are not refused, they hang.</param>
    public void Crash(bool withHost = false)
    {
        IsRunning = false;
        IsPaused = false;
        IsHostDown = withHost;
        _inbox.Clear();
    }

    /// <summary>Starts the process anew: same address and name, another id.</summary>
    public void Restart()
    {
        Crash();
        Start();
        if (_seeds.Count > 0)
            _world.Schedule(_world.Now, this, WorldEventKind.AskSeeds, life: Life);
    }

    /// <summary>Stops the process for a while: nothing is received or done; what arrives waits.</summary>
    public void Pause(TimeSpan span)
    {
        IsPaused = true;
        _world.Schedule(_world.Now + span, this, WorldEventKind.Resume, life: Life);
    }

    /// <inheritdoc/>
    public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery) => _world.Network.Send(this, peer, packet, delivery);

    /// <inheritdoc/>
    public void Publish(in ClusterEvent happened) => _world.Observe(this, happened);

    /// <inheritdoc/>
    public void Dispose() => Node?.Dispose();

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"node-{Index}");

    internal void Start()
    {
        Life++;
        IsRunning = true;
        IsHostDown = false;
        _origin = _world.Now - TimeSpan.FromSeconds(1 + _randomness.Below(100_000));
        var options = new NodeOptions
        {
            Id = new MemberId(_randomness.Next() | 1),
            Incarnation = new Incarnation(1_700_000_000_000_000 + (ulong)_world.Now.TotalMicroseconds),
            Name = ToString(),
            Address = Address,
        };
        Node = new Node(_configure(options), _randomness, LocalNow);
        _world.Network.Attach(this);
        _tickAt = TimeSpan.MaxValue;
        ScheduleTick();
    }

    internal void Handle(in WorldEvent happening)
    {
        if (!IsRunning || (happening.Life != 0 && happening.Life != Life))
            return;
        if (happening.Kind == WorldEventKind.Resume)
            Resume();
        else if (!IsPaused)
            Take(happening);
        else if (happening.Kind != WorldEventKind.Tick && _inbox.Count < InboxCapacity)
            _inbox.Enqueue(happening);
    }

    private void Resume()
    {
        IsPaused = false;
        while (_inbox.TryDequeue(out var waiting))
            Take(waiting);
        _tickAt = TimeSpan.MaxValue;
        ScheduleTick();
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
            case WorldEventKind.AskSeeds:
                AskSeeds(now);
                break;
        }

        ScheduleTick();
    }

    private void AskSeeds(Instant now)
    {
        foreach (var seed in _seeds)
            Node.Join(now, seed, this);
        _world.Schedule(_world.Now + SeedInterval, this, WorldEventKind.AskSeeds, life: Life);
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
}
