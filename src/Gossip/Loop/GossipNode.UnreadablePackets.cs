using Gossip.Diagnostics;
using Gossip.Protocol;

namespace Gossip.Loop;

/// <content>
/// Packets that the node cannot open since they are of another cluster or key. The loop says so once for each address that sends them.
/// </content>
internal sealed partial class GossipNode
{
    /// <summary>Addresses that were told of: more of them would say nothing new, and senders of datagrams can lie.</summary>
    private const int RememberedStrangers = 64;

    private readonly Dictionary<PeerAddress, UnreadablePacketReport> _strangers = [];
    private int _appearancesTold;

    private void TellAppearances()
    {
        for (; _appearancesTold < _node.ObservedAddresses.Count; _appearancesTold++)
            _journal.AddAppearance(_node.ObservedAddresses[_appearancesTold].Address);
    }

    private void TellStranger(PeerAddress peer, DropReason reason)
    {
        if (reason is not (DropReason.ForeignCluster or DropReason.UnknownKey or DropReason.Unsealed))
            return;
        var known = _strangers.GetValueOrDefault(peer);
        if (known is null && _strangers.Count >= RememberedStrangers)
            return;
        if (known is null)
            _journal.AddStranger(peer, reason);
        _strangers[peer] = new UnreadablePacketReport(peer, reason, (known?.Packets ?? 0) + 1, _clock.ToWallClock(_clock.Now));
    }
}
