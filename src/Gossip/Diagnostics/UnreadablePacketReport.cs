using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>Somebody whose packets the node cannot open.</summary>
/// <param name="Peer">Where the packets come from.</param>
/// <param name="Reason">Why they were dropped, the last time.</param>
/// <param name="Packets">How many there were.</param>
/// <param name="LastAt">When the last came.</param>
internal sealed record UnreadablePacketReport(PeerAddress Peer, DropReason Reason, long Packets, DateTimeOffset LastAt);
