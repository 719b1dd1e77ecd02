using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>What a transport can bring.</summary>
internal enum ArrivalKind
{
    /// <summary>Nothing: a wake-up call, or a failed read.</summary>
    Nothing,

    /// <summary>A packet.</summary>
    Packet,

    /// <summary>A stream could not be opened: the peer was silent or out of reach.</summary>
    StreamFailed,

    /// <summary>A stream could not be opened: the peer's host answered that nothing listens there.</summary>
    StreamRefused,
}

/// <summary>Something that arrived. <see cref="Packet"/> is lent until the next one is received.</summary>
internal readonly ref struct Arrival(ArrivalKind kind, PeerAddress peer, Delivery delivery, ReadOnlySpan<byte> packet)
{
    public ArrivalKind Kind { get; } = kind;

    public PeerAddress Peer { get; } = peer;

    public Delivery Delivery { get; } = delivery;

    public ReadOnlySpan<byte> Packet { get; } = packet;
}
