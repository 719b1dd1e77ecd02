using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>The bounds of a transport, each with its reason. Tests tighten them.</summary>
internal sealed record TransportOptions
{
    /// <summary>How long a connect may take: longer than a LAN's SYN retry would need is no help to a probe.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a connection that this node opened may pass without a whole frame. Shorter than
    /// <see cref="InboundIdle"/>, so that the side that would send next is the side that closes.</summary>
    public TimeSpan OutboundIdle { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a connection of a peer may pass without a whole frame; a peer that trickles single bytes is idle too.</summary>
    public TimeSpan InboundIdle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Connections of peers: a wave of joins fits, and a flood of them holds a bounded amount of memory.</summary>
    public int MaxInbound { get; init; } = 256;

    /// <summary>
    /// Connections of the peers of another host: a few processes fit, and a host without the key cannot take all the places.
    /// </summary>
    public int MaxInboundPerHost { get; init; } = 16;

    /// <summary>Connections of the peers of this machine, where any number of processes share the address.</summary>
    public int MaxInboundFromThisMachine { get; init; } = 256;

    /// <summary>
    /// How long a connection of a peer may last until the peer has answered the node on it: milliseconds where nobody is starved.
    /// </summary>
    public TimeSpan FirstFrameTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Connections of hosts of which the node could open nothing of late: strangers cannot take the places of members.
    /// </summary>
    public int MaxStrangers { get; init; } = 128;

    /// <summary>
    /// Bytes of a frame of a stream that has brought none yet that the node could open, if its host is a stranger: a question fits.
    /// </summary>
    public int StrangerFrame { get; init; } = 16 * 1024;

    /// <summary>
    /// Bytes held for all other streams that have brought no frame yet that the node could open: those of hosts that are known, and those
    /// that this node opened.
    /// </summary>
    public int UnopenedBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>What streams may bring that the node cannot open.</summary>
    public StrangerRates StrangerRates { get; init; } = new();

    /// <summary>Connections that this node opens: probes fall back to streams for a few peers at a time.</summary>
    public int MaxOutbound { get; init; } = 128;

    /// <summary>Frames that wait for one connection: a peer that reads slowly loses frames, not our memory.</summary>
    public int QueuedFrames { get; init; } = 32;

    /// <summary>Frames that wait for the loop.</summary>
    public int InboxFrames { get; init; } = 1024;

    /// <summary>Bytes that wait for the loop.</summary>
    public int InboxBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>What idle connections are measured by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Bytes of the largest datagram that is expected, if they are more than what all nodes may send.</summary>
    public int DatagramSize { get; init; } = Limits.DatagramSize;

    /// <summary>The interface on which link-local peers are that were never heard; 0 for that of the bound address.</summary>
    public uint LinkLocalScope { get; init; }
}
