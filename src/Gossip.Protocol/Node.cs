namespace Gossip.Protocol;

/// <summary>
/// One member of the cluster: told the time, given bytes, answers through the outbox. Not thread-safe, does no IO. This file is the
/// router; each mechanism has a file of its own.
/// </summary>
public sealed partial class Node : IDisposable
{
    /// <summary>The version of the messages that this library speaks.</summary>
    public const byte ProtocolVersion = 1;

    /// <summary>The version of the frame that this library writes, and the only one that it reads.</summary>
    public const byte FormatVersion = Envelope.FormatVersion;

    private readonly Randomness _randomness;
    private readonly Envelope _envelope;
    private readonly MemberTable _table;
    private readonly Deadlines _deadlines;
    private readonly Kernel _kernel;
    private readonly PacketSender _sender;
    private readonly LocalHealth _health;
    private readonly Suspicions _suspicions;
    private readonly SeedProber _prober;
    private readonly SeedAliases _aliases;
    private readonly NameConflicts _names;
    private readonly ProbeRelay _relay;
    private readonly Newcomers _newcomers;
    private readonly ProbeOrder _order;
    private readonly Rounds _rounds;
    private readonly Gossiper _gossiper;
    private readonly ObservedAddresses _observed;
    private readonly StallDetector _stalls;
    private readonly IndirectPaths _paths;
    private readonly Reachability _reachability;
    private readonly Registry _registry;
    private readonly Memberships _memberships;
    private readonly AntiEntropy _antiEntropy;
    private readonly Joiner _joiner;
    private readonly PropagationTracker _tracker;
    private readonly Reaper _reaper;
    private readonly LoadGossip _loads;
    private readonly Texts _texts;
    private readonly Member _self;

    /// <summary>Makes a node that knows only itself.</summary>
    /// <param name="options">What the node is told at birth.</param>
    /// <param name="randomness">Where every random number of the node comes from.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public Node(NodeOptions options, Randomness randomness, Instant now)
    {
        options.Validate();
        _randomness = randomness;
        _envelope = new Envelope(options.Cluster, options.Key, randomness);
        _rounds = new Rounds(randomness);
        _kernel = new Kernel(options, randomness, _envelope, now);
        (_table, _self, _deadlines, _health, _sender, _texts) = (_kernel.Table, _kernel.Self, _kernel.Deadlines, _kernel.Health, _kernel.Sender, _kernel.Texts);
        _newcomers = new Newcomers(options.MaxMembers);
        _order = new ProbeOrder(randomness);
        _gossiper = new Gossiper(_kernel);
        _observed = new ObservedAddresses(_kernel);
        _stalls = new StallDetector(_kernel, now);
        _paths = new IndirectPaths(_kernel);
        _reachability = new Reachability(_kernel, _stalls);
        _suspicions = new Suspicions(_kernel, _gossiper, _newcomers);
        _prober = new SeedProber(_kernel);
        _aliases = new SeedAliases(_kernel);
        _names = new NameConflicts(_kernel, _prober, _order);
        _relay = new ProbeRelay(_kernel, _gossiper, _newcomers);
        _loads = new LoadGossip(_kernel, _gossiper);
        _registry = new Registry(_kernel, _gossiper);
        _memberships = new Memberships(_kernel, _gossiper, _suspicions, _order, _newcomers, _reachability, _aliases, _names, _observed, now);
        _antiEntropy = new AntiEntropy(_kernel, _gossiper, _memberships, _registry);
        _joiner = new Joiner(_kernel, _gossiper, _prober, _aliases, _names, _observed, _reachability, _antiEntropy);
        _tracker = new PropagationTracker(_kernel, _aliases, _antiEntropy, _newcomers, _reachability);
        _reaper = new Reaper(_kernel, _loads, _newcomers, _names);
        _deadlines[Deadline.ProbeRound] = now + randomness.Between(TimeSpan.Zero, options.ProbeInterval);
        _deadlines[Deadline.Revive] = now + randomness.Between(options.ReviveInterval / 2, options.ReviveInterval);
        _deadlines[Deadline.Reap] = now + Reaper.Interval;
    }

    /// <summary>What the node was told at birth.</summary>
    public NodeOptions Options => _kernel.Options;

    /// <summary>This node as a member.</summary>
    public Member Self => _self;

    /// <summary>The next moment at which <see cref="Tick"/> has something to do.</summary>
    public Instant NextDeadline => _deadlines.Earliest;

    /// <summary>What the node counted since its start.</summary>
    public Counters Counters => _kernel.Counters;

    /// <summary>How unwell this node holds itself: 0 is well (Lifeguard §IV-A).</summary>
    public int LocalHealth => _health.Score;

    /// <summary>Every member remembered, this node and the dead included, in a stable order.</summary>
    public IReadOnlyList<Member> Members => _table.All;

    /// <summary>A hash of what the node knows of the live members and their records: equal on two nodes that agree.</summary>
    public uint Digest => _table.Digest;

    /// <summary>How many live members there are besides this node.</summary>
    public int PeerCount => _table.PeerCount;

    /// <summary>
    /// Takes the ids of the members that were added, changed or forgotten since the last call, each once, so that whoever shows the table can
    /// follow it at the cost of its changes. When a member was last heard, and its round trip, are no changes.
    /// </summary>
    /// <param name="changed">Where the ids are added.</param>
    /// <returns>False when every member must be looked at: at the first call, and when too much has changed.</returns>
    public bool TryTakeChanges(List<MemberId> changed) => _table.TryTakeChanges(changed);

    /// <summary>A member by its id; null for one that is not known.</summary>
    public Member? FindMember(MemberId id) => _table.Find(id);

    /// <summary>Takes a packet in. Whatever the bytes are, it does not throw.</summary>
    /// <param name="now">The time.</param>
    /// <param name="from">Where it came from; replies go there.</param>
    /// <param name="packet">The bytes, valid during the call only.</param>
    /// <param name="delivery">How it came.</param>
    /// <param name="outbox">Where effects go.</param>
    public void Receive(Instant now, PeerAddress from, ReadOnlySpan<byte> packet, Delivery delivery, IOutbox outbox)
    {
        Counters.PacketsReceived++;
        Counters.BytesReceived += packet.Length;
        if (packet.Length > Limits.StreamFrameSize)
        {
            Counters.Drop(DropReason.Oversized);
            return;
        }

        if (!_envelope.TryOpen(packet, out var body, out var reason))
        {
            Counters.Drop(reason);
            return;
        }

        if (_stalls.Hear(now))
            _suspicions.PutOff(now, 2 * Options.ProbeInterval);
        Take(new Caller(now, outbox, from, delivery, IsBriefing: delivery == Delivery.Stream && !IsSynchronized), body, packet.Length);
    }

    /// <summary>Does what is due. Call it when <see cref="NextDeadline"/> is reached, after what has arrived was received.</summary>
    public void Tick(Instant now, IOutbox outbox)
    {
        var caller = new Caller(now, outbox);
        if (_stalls.HasStalled(now, out var late))
            DropStaleDeadlines(now, late);
        if (_deadlines.TakeDue(Deadline.ProbeStep, now))
            StepProbe(caller);
        if (_deadlines.TakeDue(Deadline.ProbeRound, now))
            StartProbe(caller);
        if (_deadlines.TakeDue(Deadline.Suspicion, now))
            StepSuspicions(caller);
        if (_deadlines.TakeDue(Deadline.Relay, now))
            _relay.Step(caller);
        if (_deadlines.TakeDue(Deadline.Revive, now))
            _joiner.ReviveOne(caller);
        if (_deadlines.TakeDue(Deadline.Reap, now))
            _reaper.Step(caller);
        if (_deadlines.TakeDue(Deadline.Gossip, now))
            StepGossip(caller);
        if (_deadlines.TakeDue(Deadline.Proof, now))
            _tracker.Step(caller, _roundTrip);
        if (_deadlines.TakeDue(Deadline.Load, now))
            _loads.Step(caller);
        if (_deadlines.TakeDue(Deadline.Compare, now))
            _antiEntropy.Step(caller);
        if (_deadlines.TakeDue(Deadline.Question, now))
            _joiner.AskAgain(caller);
    }

    /// <summary>Lets go of the cipher.</summary>
    public void Dispose() => _envelope.Dispose();

    /// <summary>The messages of one packet.</summary>
    private void Take(in Caller caller, ReadOnlySpan<byte> body, int bytesReceived)
    {
        Ping? answerable = null;
        var reader = new PacketReader(body);
        while (reader.TryNext(out var type, out var message))
        {
            if (!TryRoute(caller, type, message, ref answerable))
                Counters.Drop(DropReason.MalformedMessage);
        }

        if (!reader.IsAtEnd)
            Counters.Drop(DropReason.MalformedMessage);
        if (answerable is { } ping)
            AnswerPing(caller, ping, bytesReceived);
    }

    /// <summary>One message to its mechanism. False for one that breaks its grammar.</summary>
    private bool TryRoute(in Caller caller, MessageType type, ReadOnlySpan<byte> message, ref Ping? answerable)
    {
        switch (type)
        {
            case MessageType.Ping:
                if (!PacketReader.TryPing(message, out var ping))
                    return false;
                answerable = ping;
                return true;
            case MessageType.Ack:
                return PacketReader.TryAck(message, out var ack) && ReceiveAck(caller, ack);
            case MessageType.PingRequest:
                return PacketReader.TryPingRequest(message, out var request) && _relay.CarryProbe(caller, request);
            case MessageType.Nack:
                return PacketReader.TryNack(message, out var sequence) && ReceiveNack(caller, sequence);
            case MessageType.Alive:
                return PacketReader.TryAlive(message, out var alive) && _memberships.HearAlive(caller, alive);
            case MessageType.Suspect or MessageType.Dead or MessageType.Left:
                return PacketReader.TryAccusation(type, message, out var accusation) && _memberships.HearAccusation(caller, accusation);
            case MessageType.Delta:
                return _registry.IsKnown(message) || (PacketReader.TryDelta(message, out var delta, _texts) && _registry.ReceiveDelta(caller, delta, message));
            case MessageType.Notice:
                return PacketReader.TryNotice(message, out var owner, out var version) && _registry.ReceiveNotice(caller, owner, version);
            case MessageType.Summary:
                return PacketReader.TrySummary(message, out var summary) && _antiEntropy.ReceiveSummary(caller, summary);
            case MessageType.Digest:
                return PacketReader.TryDigest(message, out var digest) && _antiEntropy.ReceiveDigest(caller, digest);
            case MessageType.Loads:
                return _loads.Receive(caller, message);
            case MessageType.Want:
                return PacketReader.TryWant(message, out var wanted) && _antiEntropy.ReceiveWant(caller, wanted);
            default:
                Counters.Drop(DropReason.UnknownMessage);
                return true;
        }
    }
}
