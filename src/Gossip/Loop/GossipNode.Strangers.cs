using Gossip.Diagnostics;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Loop;

/// <content>
/// What becomes of packets that the node cannot open. The node only counts them; the loop sees the count move, closes the stream that such a
/// packet came on, and says once for each address that somebody there is of another cluster or key.
/// </content>
internal sealed partial class GossipNode
{
    /// <summary>Addresses that were told of: more of them would say nothing new, and senders of datagrams can lie.</summary>
    private const int RememberedStrangers = 64;

    /// <summary>Every reason for which a whole packet is dropped unopened.</summary>
    private static readonly DropReason[] Unopened =
    [
        DropReason.Malformed, DropReason.Corrupt, DropReason.Oversized, DropReason.FutureVersion,
        DropReason.ForeignCluster, DropReason.UnknownKey, DropReason.BadSeal, DropReason.Unsealed,
    ];

    private readonly long[] _unopened = new long[Unopened.Length];
    private readonly Dictionary<PeerAddress, StrangerReport> _strangers = [];
    private int _appearancesTold;
    private long _drops;

    private void Receive(in Arrival arrival)
    {
        try
        {
            _node.Receive(_clock.Now, arrival.Peer, arrival.Packet, arrival.Delivery, this);
        }
        finally
        {
            Judge(arrival);
        }
    }

    /// <summary>Whatever came of the packet: else the next would be held to have been refused, or a stream wait for its verdict.</summary>
    private void Judge(in Arrival arrival)
    {
        var refused = TryFindRefusal(out var reason);
        if (arrival.Delivery == Delivery.Stream)
            _transport.Judge(arrival.Peer, !refused);
        else if (refused)
            TellStranger(arrival.Peer, reason);
    }

    private void TellAppearances()
    {
        for (; _appearancesTold < _node.Appearances.Count; _appearancesTold++)
            _journal.AddAppearance(_node.Appearances[_appearancesTold].Address);
    }

    private bool TryFindRefusal(out DropReason reason)
    {
        reason = default;
        if (_node.Counters.Drops == _drops)
            return false;
        _drops = _node.Counters.Drops;
        for (var i = 0; i < Unopened.Length; i++)
        {
            var count = _node.Counters.Dropped(Unopened[i]);
            if (count == _unopened[i])
                continue;
            _unopened[i] = count;
            reason = Unopened[i];
            return true;
        }

        return false;
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
        _strangers[peer] = new StrangerReport(peer, reason, (known?.Packets ?? 0) + 1, _clock.ToWallClock(_clock.Now));
    }
}
