namespace Gossip.Protocol;

/// <summary>
/// One member of the cluster: told the time, given bytes, answers through the outbox. Not thread-safe, does no IO. This file is the
/// router; each mechanism is an object of its own over the <see cref="Kernel"/>.
/// </summary>
internal sealed partial class Node : IDisposable
{
    /// <summary>The version of the messages that this library speaks.</summary>
    public const byte ProtocolVersion = 1;

    /// <summary>The version of the frame that this library writes, and the only one that it reads.</summary>
    public const byte FormatVersion = Envelope.FormatVersion;

    private readonly Envelope _envelope;
    private readonly Keyring _keys;
    private readonly Kernel _kernel;
    private readonly Gossiper _gossiper;
    private readonly LoadGossip _loads;
    private readonly ObservedAddresses _observed;
    private readonly StallDetector _stalls;
    private readonly IndirectPaths _paths;
    private readonly Reachability _reachability;
    private readonly ProbeRelay _relay;
    private readonly Registry _registry;
    private readonly Introductions _introductions;
    private readonly Memberships _memberships;
    private readonly AntiEntropy _antiEntropy;
    private readonly Joiner _joiner;
    private readonly SeedSchedule _seeds;
    private readonly PropagationTracker _tracker;
    private readonly Detector _detector;
    private readonly Reaper _reaper;
    private readonly Inspections _inspections;

    /// <summary>Makes a node that knows only itself.</summary>
    /// <param name="options">What the node is told at birth.</param>
    /// <param name="randomness">Where every random number of the node comes from.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public Node(NodeOptions options, Randomness randomness, Instant now)
    {
        options.Validate();
        var freshness = new Freshness(options.Incarnation.ToSeconds(), now);
        _keys = new Keyring([options.Key, .. options.OtherKeys]);
        _envelope = new Envelope(options.Cluster, _keys, options.SecureRandom, freshness);
        var (rounds, order, newcomers) = (new Rounds(randomness), new ProbeOrder(randomness), new Newcomers(options.MaxMembers));
        _kernel = new Kernel(options, randomness, _envelope, _keys, now);
        _gossiper = new Gossiper(_kernel);
        _loads = new LoadGossip(_kernel, _gossiper);
        _observed = new ObservedAddresses(_kernel);
        _stalls = new StallDetector(_kernel, now);
        _paths = new IndirectPaths(_kernel);
        _reachability = new Reachability(_kernel, _stalls);
        _relay = new ProbeRelay(_kernel, _gossiper);
        var prober = new SeedProber(_kernel);
        var aliases = new SeedAliases(_kernel);
        var names = new NameConflicts(_kernel, prober, order);
        _introductions = new Introductions(_kernel);
        var leases = new Leases(_kernel);
        _registry = new Registry(_kernel, _gossiper, _introductions, leases);
        var suspicions = new Suspicions(_kernel, _gossiper, newcomers);
        _memberships = new Memberships(
            _kernel, _gossiper, _introductions, suspicions, order, newcomers, _reachability, aliases, names, _observed,
            leases, now);
        _antiEntropy = new AntiEntropy(_kernel, _gossiper, _introductions, _memberships, _registry);
        _joiner = new Joiner(_kernel, prober, aliases, names, _observed, _reachability, _antiEntropy);
        _seeds = new SeedSchedule(_kernel, _joiner);
        _tracker = new PropagationTracker(_kernel, aliases, _antiEntropy, newcomers, _reachability);
        _detector = new Detector(
            _kernel, _gossiper, _introductions, rounds, order, newcomers, suspicions, _stalls, _reachability, _paths, _observed,
            _memberships, _antiEntropy, _joiner, _tracker);
        _reaper = new Reaper(_kernel, _loads, newcomers, names, _registry);
        _inspections = new Inspections(_kernel);
        _kernel.Deadlines[Deadline.ProbeRound] = now + randomness.Between(TimeSpan.Zero, options.ProbeInterval);
        _kernel.Deadlines[Deadline.Revive] = now + randomness.Between(options.ReviveInterval / 2, options.ReviveInterval);
        _kernel.Deadlines[Deadline.Reap] = now + Reaper.Interval;
    }

    /// <summary>What the node was told at birth.</summary>
    public NodeOptions Options => _kernel.Options;

    /// <summary>This node as a member.</summary>
    public Member Self => _kernel.Self;

    /// <summary>The next moment at which <see cref="Tick"/> has something to do.</summary>
    public Instant NextDeadline => _kernel.Deadlines.Earliest;

    /// <summary>What the node counted since its start.</summary>
    public Counters Counters => _kernel.Counters;

    /// <summary>How unwell this node holds itself: 0 is well (Lifeguard §IV-A).</summary>
    public int LocalHealth => _kernel.Health.Score;

    /// <summary>Every member remembered, this node and the dead included, in a stable order.</summary>
    public IReadOnlyList<Member> Members => _kernel.Table.All;

    /// <summary>A hash of what the node knows of the live members and their records: equal on two nodes that agree.</summary>
    public uint Digest => _kernel.Table.Digest;

    /// <summary>How many live members there are besides this node.</summary>
    public int PeerCount => _kernel.Table.PeerCount;

    /// <summary>How many rumours this node still passes on.</summary>
    public int RumorCount => _gossiper.Count;

    /// <summary>Bytes of memory that the records of the other members take here, about.</summary>
    public long RecordBytes => _kernel.Table.RecordCost;

    /// <summary>
    /// Takes the ids of the members that were added, changed or forgotten since the last call, each once, so that whoever shows the table
    /// can follow it at the cost of its changes. When a member was last heard, and its round trip, are no changes.
    /// </summary>
    /// <param name="changed">Where the ids are added.</param>
    /// <returns>False when every member must be looked at: at the first call, and when too much has changed.</returns>
    public bool TryTakeChanges(List<MemberId> changed) => _kernel.Table.TryTakeChanges(changed);

    /// <summary>A member by its id; null for one that is not known.</summary>
    public Member? FindMember(MemberId id) => _kernel.Table.Find(id);

    /// <summary>Takes a packet in. Whatever the bytes are, it does not throw.</summary>
    /// <param name="now">The time.</param>
    /// <param name="from">Where it came from; replies go there.</param>
    /// <param name="packet">The bytes, valid during the call only.</param>
    /// <param name="delivery">How it came.</param>
    /// <param name="outbox">Where effects go.</param>
    /// <returns>What became of it.</returns>
    public PacketOutcome Receive(Instant now, PeerAddress from, ReadOnlySpan<byte> packet, Delivery delivery, IOutbox outbox)
    {
        Counters.PacketsReceived++;
        Counters.BytesReceived += packet.Length;
        if (packet.Length > Limits.StreamFrameSize)
        {
            Counters.Drop(DropReason.Oversized);
            return new PacketOutcome(DropReason.Oversized);
        }

        if (!_envelope.TryOpen(packet, out var opened, out var reason))
        {
            Counters.Drop(reason);
            return new PacketOutcome(reason);
        }

        var answer = _kernel.Sender.Answer;
        var isBriefing = delivery == Delivery.Stream && !IsSynchronized;
        var caller = new Caller(now, outbox, from, delivery, opened.Second, KeyId: opened.KeyId, Answer: answer, IsBriefing: isBriefing);
        var age = Options.SwitchedOff.HasFlag(Defences.Freshness) ? 0 : _envelope.Compare(opened, now);
        var isBounded = !Options.SwitchedOff.HasFlag(Defences.Budget);
        var brought = isBounded ? packet.Length : Limits.AnswerBytes;
        answer.Begin(
            age == 0 && caller.IsProven(_kernel.Table) ? Limits.AnswerBytes : brought, brought, nonce: isBounded ? opened.Nonce : 0);
        var isAnswer = age == 0 ? Take(caller, opened.Body) : TakeStale(caller, opened.Body, isAhead: age > 0);
        return new PacketOutcome(null, isAnswer, IsStale: age != 0, opened.KeyId);
    }

    /// <summary>Does what is due. Call it when <see cref="NextDeadline"/> is reached, after what has arrived was received.</summary>
    public void Tick(Instant now, IOutbox outbox)
    {
        var caller = new Caller(now, outbox);
        if (_stalls.HasStalled(now, out var late))
            _detector.DropStaleDeadlines(now, late);
        if (_kernel.Deadlines.TakeDue(Deadline.ProbeStep, now))
            _detector.StepProbe(caller);
        if (_kernel.Deadlines.TakeDue(Deadline.ProbeRound, now))
            StartRound(caller);
        if (_kernel.Deadlines.TakeDue(Deadline.Suspicion, now))
            _detector.StepSuspicions(caller);
        if (_kernel.Deadlines.TakeDue(Deadline.Relay, now))
            _relay.Step(caller);
        if (_kernel.Deadlines.TakeDue(Deadline.Revive, now))
            _joiner.ReviveOne(caller);
        if (_kernel.Deadlines.TakeDue(Deadline.Reap, now))
            _reaper.Step(caller);
        if (_kernel.Deadlines.TakeDue(Deadline.Gossip, now))
            _gossiper.Step(caller);
        if (_kernel.Deadlines.TakeDue(Deadline.Proof, now))
            _tracker.Step(caller, _detector.RoundTrip);
        if (_kernel.Deadlines.TakeDue(Deadline.Load, now))
            _loads.Step(caller);
        if (_kernel.Deadlines.TakeDue(Deadline.Compare, now))
            _antiEntropy.Step(caller);
        if (_kernel.Deadlines.TakeDue(Deadline.Question, now))
            _joiner.AskAgain(caller);
        if (_kernel.Deadlines.TakeDue(Deadline.Seed, now))
            _seeds.Step(caller);
        if (_kernel.Deadlines.TakeDue(Deadline.Inspection, now))
            _inspections.Step(now);
        if (_kernel.Deadlines.TakeDue(Deadline.Lease, now))
            _registry.StepLeases(caller);
    }

    /// <summary>Lets go of the cipher.</summary>
    public void Dispose() => _keys.Dispose();

    /// <summary>One message to its mechanism. False for one that breaks its grammar.</summary>
    private bool TryRoute(in Caller caller, MessageType type, ReadOnlySpan<byte> message, ref Ping? answerable)
    {
        switch (type)
        {
            case MessageType.Ping:
                if (!PacketReader.TryPing(message, out var ping))
                    return false;
                answerable = ping;
                caller.Answer?.Keep(_kernel.Sender.FrameLength(message.Length));
                return true;
            case MessageType.Ack:
                return false; // One that keeps its grammar was taken before.
            case MessageType.PingRequest:
                return PacketReader.TryPingRequest(message, out var request) && _relay.CarryProbe(caller, request);
            case MessageType.Nack:
                return PacketReader.TryNack(message, out var sequence, out var token) && ReceiveNack(caller, sequence, token);
            case MessageType.Alive:
                return PacketReader.TryAlive(message, out var alive) && _memberships.HearAlive(caller, alive);
            case MessageType.Suspect or MessageType.Dead or MessageType.Left:
                return PacketReader.TryAccusation(type, message, out var accusation) && _memberships.HearAccusation(caller, accusation);
            case MessageType.Delta:
                return _registry.IsKnown(message)
                    || (PacketReader.TryDelta(message, out var delta, _kernel.Strings) && _registry.ReceiveDelta(caller, delta, message));
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
            case MessageType.Inspect:
                return PacketReader.TryInspect(message, out var inspect) && _inspections.Receive(caller, inspect);
            case MessageType.Inspected:
                return PacketReader.TryInspected(message, out var inspected) && _inspections.Receive(caller, inspected);
            default:
                Counters.Drop(DropReason.UnknownMessage);
                return true;
        }
    }
}
