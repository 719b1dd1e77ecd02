using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Loop;

/// <content>
/// What becomes of packets that the node cannot open. The loop closes the stream that such a packet came on, and says once for each
/// address that somebody there is of another cluster or key.
/// </content>
internal sealed partial class GossipNode
{
    /// <summary>Addresses that were told of: more of them would say nothing new, and senders of datagrams can lie.</summary>
    private const int RememberedStrangers = 64;

    private readonly Dictionary<PeerAddress, UnreadablePacketReport> _strangers = [];
    private int _appearancesTold;

    private void Receive(in Arrival arrival)
    {
        DropReason? unopened = null;
        try
        {
            unopened = _node.Receive(_clock.Now, arrival.Peer, arrival.Packet, arrival.Delivery, this);
        }
        finally
        {
            // Whatever came of the packet, a stream waits for its verdict.
            Judge(arrival, unopened);
        }
    }

    private void Judge(in Arrival arrival, DropReason? unopened)
    {
        if (arrival.Delivery == Delivery.Stream)
            _transport.Judge(arrival.Peer, unopened is null);
        else if (unopened is { } reason)
            TellStranger(arrival.Peer, reason);
    }

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
