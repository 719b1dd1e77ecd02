namespace Gossip.Protocol;

/// <summary>Why a packet, or a part of one, was dropped.</summary>
internal enum DropReason
{
    /// <summary>The frame is not of this protocol.</summary>
    Malformed,

    /// <summary>The frame's checksum is wrong.</summary>
    Corrupt,

    /// <summary>The frame is larger than the limit.</summary>
    Oversized,

    /// <summary>The frame has a version of the format that this node does not read.</summary>
    FutureVersion,

    /// <summary>The frame belongs to another cluster.</summary>
    ForeignCluster,

    /// <summary>The frame is sealed with a key that this node does not have.</summary>
    UnknownKey,

    /// <summary>The frame names a key of this node, but is not sealed with it.</summary>
    BadSeal,

    /// <summary>The frame is in the clear, and this node has a key.</summary>
    Unsealed,

    /// <summary>
    /// The frame is sealed, and too old or too new: it is a recording, or its sender slept, or this node does not know the cluster's second
    /// yet.
    /// </summary>
    Stale,

    /// <summary>A message inside a good frame breaks its grammar.</summary>
    MalformedMessage,

    /// <summary>A message inside a good frame has a type that this node does not know.</summary>
    UnknownMessage,

    /// <summary>A limit of this node (members, records, relays) is reached.</summary>
    LimitReached,

    /// <summary>
    /// A question that only members may ask came from none, or an answer from one that was not asked: <see cref="Inspections"/>.
    /// </summary>
    Uninvited,
}

/// <summary>What a node counted since its start.</summary>
internal sealed class Counters
{
    private readonly long[] _drops = new long[Enum.GetValues<DropReason>().Length];

    /// <summary>Packets received, the dropped ones included.</summary>
    public long PacketsReceived { get; internal set; }

    /// <summary>Bytes received, the dropped ones included.</summary>
    public long BytesReceived { get; internal set; }

    /// <summary>Packets sent.</summary>
    public long PacketsSent { get; internal set; }

    /// <summary>Bytes sent.</summary>
    public long BytesSent { get; internal set; }

    /// <summary>Messages of the packets that were sent.</summary>
    public MessageTally Sent { get; } = new();

    /// <summary>Messages of the packets that were received and opened.</summary>
    public MessageTally Received { get; } = new();

    /// <summary>Probes started.</summary>
    public long Probes { get; internal set; }

    /// <summary>Probes that were not answered in time.</summary>
    public long ProbesFailed { get; internal set; }

    /// <summary>Probes that were answered, but only through a relay or by stream.</summary>
    public long ProbesOverIndirectPaths { get; internal set; }

    /// <summary>Round trips that were measured: probes that were answered directly, by datagram.</summary>
    public long RoundTrips { get; private set; }

    /// <summary>The last of them; at most one is measured before the next <see cref="Node.Tick"/>.</summary>
    public TimeSpan LastRoundTrip { get; private set; }

    /// <summary>Questions to addresses at which no particular member is expected: seeds, and neighbours on this machine.</summary>
    public long SeedsAsked { get; internal set; }

    /// <summary>Accusations against this node that it refuted.</summary>
    public long Refutations { get; internal set; }

    /// <summary>Differences with another node that were repaired by digest.</summary>
    public long Repairs { get; internal set; }

    /// <summary>Times that this node's own loop was so late that it dropped its deadlines.</summary>
    public long Stalls { get; internal set; }

    /// <summary>Times that this node heard no member at all for more than two rounds, and then heard one again.</summary>
    public long CutOffs { get; internal set; }

    /// <summary>Questions of other members that this node's host answered.</summary>
    public long InspectionsAnswered { get; internal set; }

    /// <summary>Questions of other members that were too many.</summary>
    public long InspectionsRefused { get; internal set; }

    /// <summary>Drops for all reasons together: while this stays, a reader need not look at each.</summary>
    public long Drops { get; private set; }

    /// <summary>How many drops there were for a reason.</summary>
    public long Dropped(DropReason reason) => _drops[(int)reason];

    internal void MeasureRoundTrip(TimeSpan roundTrip)
    {
        RoundTrips++;
        LastRoundTrip = roundTrip;
    }

    internal void Drop(DropReason reason)
    {
        Drops++;
        _drops[(int)reason]++;
    }
}
