using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>Somebody whose packets the node cannot open.</summary>
/// <param name="Peer">Where the packets come from; without a port where they came by stream.</param>
/// <param name="Reason">Why they were dropped, the last time.</param>
/// <param name="Packets">How many there were.</param>
/// <param name="LastAt">When the last came.</param>
internal sealed record UnreadablePacketReport(PeerAddress Peer, DropReason Reason, long Packets, DateTimeOffset LastAt)
{
    /// <summary>Whether somebody is really there: it was heard by stream, or from this machine. The sender of a datagram can lie.</summary>
    public bool IsReal { get; init; }

    /// <summary>Whether the log has told of it.</summary>
    public bool IsTold { get; init; }

    /// <summary>The address for people.</summary>
    public string Where => Show(Peer);

    /// <summary>An address for people: without a port where that says nothing.</summary>
    public static string Show(PeerAddress peer) => peer.Port == 0 ? peer.ToIPAddress().ToString() : peer.ToString();
}
