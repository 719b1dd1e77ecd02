using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Diagnostics;

/// <summary>Everything there is to know of a node at a moment: a copy, made by the loop, that any thread may read.</summary>
internal sealed record NodeReport
{
    /// <summary>How the node was told to behave. Holds the key: show <see cref="NodeIdentity.KeyFingerprint"/> instead.</summary>
    public required NodeOptions Options { get; init; }

    /// <summary>Who the node is and where.</summary>
    public required NodeIdentity Identity { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public required TimeSpan Uptime { get; init; }

    /// <summary>When the report was made, by the clock that dates the events.</summary>
    public DateTimeOffset Now => StartedAt + Uptime;

    /// <summary>How far this node's records have spread; null while it has written none.</summary>
    public ConvergenceReport? Convergence { get; init; }

    public required bool IsSynchronized { get; init; }

    public required bool HasLeft { get; init; }

    /// <summary>How unwell the node holds itself: 0 is well.</summary>
    public required int LocalHealth { get; init; }

    /// <summary>All members, with the moment at which each was really last heard.</summary>
    public required IReadOnlyList<MemberSnapshot> Members { get; init; }

    /// <summary>What was measured of the members.</summary>
    public IReadOnlyDictionary<MemberId, MemberFigures> Figures { get; init; } = new Dictionary<MemberId, MemberFigures>();

    /// <summary>The newest snapshot: the services.</summary>
    public required ServiceSnapshot Snapshot { get; init; }

    /// <summary>Who else is there and does not belong here.</summary>
    public required IReadOnlyList<UnreadablePacketReport> UnreadablePackets { get; init; }

    /// <summary>Members that no datagram of this node reaches straight.</summary>
    public required IReadOnlyList<MemberSnapshot> IndirectlyReached { get; init; }

    /// <summary>From which other addresses this node's datagrams come to its peers.</summary>
    public required IReadOnlyList<ObservedAddressReport> ObservedAddresses { get; init; }

    /// <summary>The members that answer at seeds which they do not advertise.</summary>
    public IReadOnlyList<KeyValuePair<PeerAddress, MemberId>> AnsweredElsewhere { get; init; } = [];

    public required NodeFigures Counters { get; init; }

    public required TransportFigures Transport { get; init; }

    /// <summary>Turns of the loop that ended in an exception. Anything but 0 is a bug.</summary>
    public required long LoopFailures { get; init; }

    /// <summary>When the last of these turns was; null when there was none.</summary>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>When the process last stood still for longer than the protocol likes; null when it never did.</summary>
    public DateTimeOffset? StalledAt { get; init; }

    /// <summary>What the shell dropped.</summary>
    public required ShellFigures Shell { get; init; }

    /// <summary>What happened of late, the oldest first.</summary>
    public required IReadOnlyList<NodeEvent> Events { get; init; }
}

/// <summary>What found a queue of the shell full, and what it does not hand on.</summary>
/// <param name="SeedsDropped">Addresses of seeds; their sources tell them again.</param>
/// <param name="EventsNotLogged">Events that are missing in the log, because it did not keep up.</param>
/// <param name="MulticastDropped">Packets of mDNS.</param>
internal sealed record ShellFigures(long SeedsDropped, long EventsNotLogged, long MulticastDropped)
{
    /// <summary>Packets of mDNS that cannot be read, or that nobody on the link may send: answers by unicast, above all.</summary>
    public long MulticastIgnored { get; init; }

    /// <summary>Endpoints of known instances that are handed to nobody, as they name an address that is refused.</summary>
    public int EndpointsRefused { get; init; }
}

/// <summary>A copy of the protocol's <see cref="Counters"/>.</summary>
internal sealed record NodeFigures(
    long PacketsReceived,
    long BytesReceived,
    long PacketsSent,
    long BytesSent,
    long Probes,
    long ProbesFailed,
    long ProbesOverIndirectPaths,
    long SeedsAsked,
    long Refutations,
    long Repairs,
    long Stalls,
    long CutOffs,
    long InspectionsAnswered,
    long InspectionsRefused,
    IReadOnlyDictionary<MessageType, MessageFigures> Messages,
    IReadOnlyDictionary<DropReason, long> Dropped)
{
    public static NodeFigures Of(Counters counters) => new(
        counters.PacketsReceived,
        counters.BytesReceived,
        counters.PacketsSent,
        counters.BytesSent,
        counters.Probes,
        counters.ProbesFailed,
        counters.ProbesOverIndirectPaths,
        counters.SeedsAsked,
        counters.Refutations,
        counters.Repairs,
        counters.Stalls,
        counters.CutOffs,
        counters.InspectionsAnswered,
        counters.InspectionsRefused,
        Enum.GetValues<MessageType>().ToDictionary(type => type, type => new MessageFigures(
            counters.Sent.CountOf(type), counters.Sent.BytesOf(type), counters.Received.CountOf(type), counters.Received.BytesOf(type))),
        Enum.GetValues<DropReason>().ToDictionary(reason => reason, counters.Dropped));
}

/// <summary>Messages of a type, and their bytes.</summary>
internal sealed record MessageFigures(long Sent, long SentBytes, long Received, long ReceivedBytes);

/// <summary>A copy of the protocol's <see cref="ObservedAddress"/>.</summary>
internal sealed record ObservedAddressReport(PeerAddress Address, int Peers);
