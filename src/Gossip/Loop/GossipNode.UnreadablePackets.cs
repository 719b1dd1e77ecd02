using Gossip.Protocol;

namespace Gossip.Loop;

/// <content>Packets that the node cannot open, and where this node looks like it is to others.</content>
internal sealed partial class GossipNode
{
    private readonly Strangers _strangers = new();
    private int _appearancesTold;

    private void TellAppearances()
    {
        for (; _appearancesTold < _node.ObservedAddresses.Count; _appearancesTold++)
            _journal.AddAppearance(_node.ObservedAddresses[_appearancesTold].Address);
    }

    private void MeetStranger(PeerAddress peer, Delivery delivery, DropReason reason, Instant now)
    {
        if (reason is not (DropReason.ForeignCluster or DropReason.UnknownKey or DropReason.Unsealed))
            return;
        // From outside nothing comes with an address of this machine.
        var isReal = delivery == Delivery.Stream || peer.IsLoopback || peer.WithPort(0) == Identity.Advertised.WithPort(0);
        // The port of a stream's other end is one that nobody listens at.
        var from = delivery == Delivery.Stream ? peer.WithPort(0) : peer;
        if (_strangers.Meet(from, isReal, reason, _clock.ToWallClock(now)))
            _journal.AddStranger(from, reason);
    }
}
