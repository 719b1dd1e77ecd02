namespace Gossip.Protocol;

/// <summary>
/// Rumours leave at once and are passed on at first hearing; the later sends are paced. A tick that sits on fresh news is a choice of
/// other implementations, not a need of the method (SWIM §4.1).
/// </summary>
public sealed partial class Node
{
    private Instant _lastBurst;

    /// <summary>Takes up a rumour. A lone one leaves at once; those that follow closely share a packet.</summary>
    private void Spread(Instant now, RumorSubject subject, byte[] message)
    {
        _rumors.Add(subject, message);
        var soonest = now - _lastBurst >= Options.GossipCoalesce ? now : _lastBurst + Options.GossipCoalesce;
        _deadlines.Hasten(Deadline.Gossip, soonest);
    }

    private void SpreadRumors(Instant now, IOutbox outbox)
    {
        if (_rumors.Count == 0 || _table.Peers.Count == 0)
            return;
        var fresh = _rumors.HasFresh;
        for (var packets = 0; packets == 0 || (_rumors.HasFresh && packets < Limits.PacketsPerBurst); packets++)
            SendRumors(fresh ? Options.Fanout : 1, outbox);
        _lastBurst = now;
        if (_rumors.Count > 0)
            _deadlines.Hasten(Deadline.Gossip, now + (_rumors.HasFresh ? Options.GossipCoalesce : Options.GossipPace));
    }

    private void SendRumors(int fanout, IOutbox outbox)
    {
        var picked = _picked.AsSpan(0, fanout);
        var count = _table.Pick(_randomness, null, picked);
        if (count == 0)
            return;
        var writer = BeginDatagram();
        _rumors.Fill(ref writer, DatagramRoom, count, TransmitLimit);
        if (writer.IsEmpty)
            return;
        var frame = _datagram.AsSpan(0, _envelope.Close(_datagram, writer.Length));
        foreach (var peer in picked[..count])
            SendFrame(frame, peer.Address, Delivery.Datagram, outbox);
    }
}
