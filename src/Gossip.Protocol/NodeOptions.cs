namespace Gossip.Protocol;

/// <summary>Everything a node is told at birth. Times are on the node's own clock; every default is for a LAN.</summary>
internal sealed record NodeOptions
{
    /// <summary>Who the node is: 64 random bits, never 0.</summary>
    public required MemberId Id { get; init; }

    /// <summary>The first incarnation: the process's start time in microseconds since 1970, so that a restart outranks its past.</summary>
    public required Incarnation Incarnation { get; init; }

    /// <summary>The name that people read; 1 to 128 bytes of UTF-8.</summary>
    public required string Name { get; init; }

    /// <summary>Where others reach this node.</summary>
    public required PeerAddress Address { get; init; }

    /// <summary>The cluster's name. Frames of another cluster are dropped and counted.</summary>
    public string Cluster { get; init; } = "default";

    /// <summary>The zone the node runs in; empty for none; at most 64 bytes of UTF-8.</summary>
    public string Zone { get; init; } = "";

    /// <summary>The cluster's key, 32 bytes, with which every frame is sealed; empty to send frames in the clear.</summary>
    public ReadOnlyMemory<byte> Key { get; init; }

    /// <summary>Keys that open frames besides <see cref="Key"/>, while the cluster changes it.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> OtherKeys { get; init; } = [];

    /// <summary>Defences that are switched off: for tests of what they are good for.</summary>
    public Defences SwitchedOff { get; init; }

    /// <summary>Where nonces and tokens come from.</summary>
    public required RandomFill SecureRandom { get; init; }

    /// <summary>The length of a probe round: each round one member is probed (SWIM §3.1, "protocol period").</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Whether the members share their rounds, so that each is probed by exactly one other in each; else each picks at random (SWIM §3.1).
    /// </summary>
    public bool CoordinateProbes { get; init; } = true;

    /// <summary>
    /// The shortest time-out of a direct ping, which follows the target's measured round trip; <see cref="ProbeTimeout"/> or more switches
    /// that off.
    /// </summary>
    public TimeSpan ShortestProbeTimeout { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a direct ping may stay unanswered before relays and the stream are tried.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long the whole probe may take, relays included, before the target is suspected.</summary>
    public TimeSpan ProbeWindow { get; init; } = TimeSpan.FromMilliseconds(600);

    /// <summary>How many relays are asked after a direct ping went unanswered (SWIM §3.1, "k").</summary>
    public int RelayCount { get; init; } = 3;

    /// <summary>Scales the shortest suspicion: alpha × log10(n) × <see cref="ProbeInterval"/> (Lifeguard §IV-B).</summary>
    public double SuspicionAlpha { get; init; } = 2;

    /// <summary>
    /// The shortest suspicion, whatever the size of the cluster and however many confirm: for so long a process may stop, and can
    /// still refute when it goes on. What alpha gives counts when it is more. See <see cref="Preset"/>.
    /// </summary>
    public TimeSpan SuspicionFloor { get; init; } = TimeSpan.Zero;

    /// <summary>The longest suspicion over the shortest (Lifeguard §IV-B); 1 gives the fixed time-out of SWIM.</summary>
    public double SuspicionBeta { get; init; } = 6;

    /// <summary>How many independent confirmations bring a suspicion to its shortest (Lifeguard §IV-B, "K").</summary>
    public int SuspicionConfirmations { get; init; } = 3;

    /// <summary>How long a member may refute when its host refused a connection: its process is gone, so this is short.</summary>
    public TimeSpan RefusedGrace { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>The worst score of the node's own health (Lifeguard §IV-A, "S"); 0 switches local health and nacks off.</summary>
    public int LocalHealthLimit { get; init; } = 8;

    /// <summary>Whether a probe tells a suspect that it is one (Lifeguard §IV-C, "buddy system"); else it learns of it by rumour.</summary>
    public bool TellSuspects { get; init; } = true;

    /// <summary>
    /// Whether a node that was late itself, or that hears nobody at all for more than two rounds, takes the silence for its own; else it
    /// accuses as the papers do, which is of use only for a comparison with them.
    /// </summary>
    public bool StallAwareness { get; init; } = true;

    /// <summary>How many members, chosen by hash, look for themselves as soon as one is suspected; 0 leaves that to the rounds.</summary>
    public int Witnesses { get; init; } = 4;

    /// <summary>Whether a node pings a suspect three times before it holds it dead without <see cref="SuspicionConfirmations"/>.</summary>
    public bool VerifyVerdicts { get; init; } = true;

    /// <summary>
    /// Whether another's verdict on silence is a suspicion here, which the member may refute; else it is taken as it is, as in SWIM §4.2.
    /// </summary>
    public bool DemoteDeaths { get; init; } = true;

    /// <summary>
    /// Whether a member that was heard to refute twice, and has answered nothing between, is probed out of turn, and marked
    /// <see cref="Member.IsOutOfReach"/> when it does not answer then either. Not in the papers.
    /// </summary>
    public bool MarkOutOfReach { get; init; } = true;

    /// <summary>
    /// Whether a fresh rumour leaves at once, and is passed on at first hearing; else it waits for <see cref="GossipPace"/> at every
    /// member, and goes to <see cref="Fanout"/> of them at random, as memberlist has it, which is of use only for a comparison.
    /// </summary>
    public bool GossipAtOnce { get; init; } = true;

    /// <summary>To how many members a fresh rumour is sent at once.</summary>
    public int Fanout { get; init; } = 4;

    /// <summary>
    /// Each node sends a rumour at most this × log10(n + 1) times (SWIM §4.1), and at least <see cref="Fanout"/> times; no more than these
    /// and one more when it was told from all sides.
    /// </summary>
    public double TransmitMultiplier { get; init; } = 4;

    /// <summary>The pause between the later sends of a rumour.</summary>
    public TimeSpan GossipPace { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// How long rumours that follow closely on others wait, to share a packet; in a storm of them up to 32 times as long.
    /// </summary>
    public TimeSpan GossipCoalesce { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>How often a dead member is tried again, so that a split heals by itself.</summary>
    public TimeSpan ReviveInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a dead member is remembered, and tried.</summary>
    public TimeSpan ForgetDeadAfter { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long a member that left is remembered, so that old news of it does not bring it back.</summary>
    public TimeSpan ForgetLeftAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The largest datagram in bytes, 512 to 65,000. The default never fragments on today's networks.</summary>
    public int DatagramSize { get; init; } = Limits.DatagramSize;

    /// <summary>The most members, the dead included, that the node remembers: up to <see cref="Limits.MostMembers"/>.</summary>
    public int MaxMembers { get; init; } = Limits.Members;

    /// <summary>
    /// Bytes that the records of all other members may take, keys and overhead included; one owner's may take an eighth of that. What does
    /// not fit is known, but not held: its instances are not shown until there is room. 64 KiB to 2 GiB.
    /// </summary>
    public int MaxRecordBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Checks every value.</summary>
    /// <exception cref="ArgumentException">A value is out of its range; the message names it, its value and the range.</exception>
    public void Validate()
    {
        Require(!Id.IsNone, nameof(Id), Id, "any value but 0");
        Require(Incarnation.Value is > 0 and < Limits.Incarnation, nameof(Incarnation), Incarnation, $"1 to {Limits.Incarnation}");
        Require(Limits.IsName(Name, Limits.NameBytes), nameof(Name), Name,
            $"1 to {Limits.NameBytes} bytes of {Limits.Letters}");
        Require(Limits.IsName(Cluster, Limits.NameBytes), nameof(Cluster), Cluster,
            $"1 to {Limits.NameBytes} bytes of {Limits.Letters}");
        Require(Zone.Length == 0 || Limits.IsName(Zone, Limits.ZoneBytes), nameof(Zone), Zone,
            $"at most {Limits.ZoneBytes} bytes of {Limits.Letters}");
        RequireAddress(Address, nameof(Address));
        Require(Key.Length is 0 or 32, nameof(Key), $"{Key.Length} bytes", "32 bytes, or none");
        Require(OtherKeys.All(key => key.Length == 32), nameof(OtherKeys), "of another length", "32 bytes each");
        Require(OtherKeys.Count == 0 || !Key.IsEmpty, nameof(Key), "none", "the key that seals, where there are others");
        RequireTime(ProbeInterval, nameof(ProbeInterval), TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1));
        RequireTime(ProbeWindow, nameof(ProbeWindow), TimeSpan.FromMilliseconds(2), ProbeInterval);
        RequireTime(ProbeTimeout, nameof(ProbeTimeout), TimeSpan.FromMilliseconds(1), ProbeWindow);
        RequireTime(ShortestProbeTimeout, nameof(ShortestProbeTimeout), TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(1));
        RequireTime(SuspicionFloor, nameof(SuspicionFloor), TimeSpan.Zero, TimeSpan.FromMinutes(10));
        RequireTime(RefusedGrace, nameof(RefusedGrace), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        RequireTime(GossipPace, nameof(GossipPace), TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
        RequireTime(GossipCoalesce, nameof(GossipCoalesce), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        RequireTime(ReviveInterval, nameof(ReviveInterval), TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        RequireTime(ForgetDeadAfter, nameof(ForgetDeadAfter), TimeSpan.FromSeconds(10), TimeSpan.FromDays(30));
        RequireTime(ForgetLeftAfter, nameof(ForgetLeftAfter), TimeSpan.FromSeconds(10), TimeSpan.FromDays(30));
        RequireRange(RelayCount, nameof(RelayCount), 0, 16);
        RequireRange(SuspicionConfirmations, nameof(SuspicionConfirmations), 0, 16);
        RequireRange(Witnesses, nameof(Witnesses), 0, 16);
        RequireRange(LocalHealthLimit, nameof(LocalHealthLimit), 0, 64);
        RequireRange(Fanout, nameof(Fanout), 1, 16);
        RequireRange(DatagramSize, nameof(DatagramSize), 512, 65_000);
        RequireRange(MaxMembers, nameof(MaxMembers), 2, Limits.MostMembers);
        RequireRange(MaxRecordBytes, nameof(MaxRecordBytes), 64 * 1024, int.MaxValue);
        RequireRange(SuspicionAlpha, nameof(SuspicionAlpha), 0.1, 100);
        RequireRange(SuspicionBeta, nameof(SuspicionBeta), 1, 100);
        RequireRange(TransmitMultiplier, nameof(TransmitMultiplier), 0.5, 32);
    }

    internal static void RequireAddress(PeerAddress address, string name) =>
        Require(address is { IsUnicast: true, Port: > 0 }, name, address, "an address that others can reach, with a port");

    private static void RequireTime(TimeSpan value, string name, TimeSpan low, TimeSpan high) =>
        Require(value >= low && value <= high, name, value, $"{low} to {high}");

    private static void RequireRange(double value, string name, double low, double high) =>
        Require(value >= low && value <= high, name, value, $"{low} to {high}");

    private static void Require(bool holds, string name, object value, string range)
    {
        if (!holds)
            throw new ArgumentException($"{name} is '{Limits.Show(value.ToString())}'; it must be {range}.", name);
    }
}
