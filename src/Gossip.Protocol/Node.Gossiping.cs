namespace Gossip.Protocol;

/// <summary>
/// Rumours leave at once and are passed on at first hearing, to the successors of <see cref="Successors"/>; the later sends are paced, to
/// members chosen at random. A tick that sits on fresh news is a choice of other implementations, not a need of the method (SWIM §4.1).
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
        if (_rumors.HasFresh)
            SpreadFresh(outbox);
        else
            SendRumors(_picked.AsSpan(0, _table.Pick(_randomness, null, _picked.AsSpan(0, 1))), outbox);
        _lastBurst = now;
        if (_rumors.Count > 0)
            _deadlines.Hasten(Deadline.Gossip, now + (_rumors.HasFresh ? Options.GossipCoalesce : Options.GossipPace));
    }

    /// <summary>
    /// A lone rumour goes its own way through the members. Several share packets, and so one way: packets are what a storm costs.
    /// </summary>
    private void SpreadFresh(IOutbox outbox)
    {
        var salt = _rumors.LoneFresh is { } lone ? StableHash.Of(lone.Message) : 0;
        var picked = _picked.AsSpan(0, Options.Fanout);
        var count = _self.IsLive
            ? Successors.Pick(_table.Live, _table.OwnPlace, salt, picked)
            : _table.Pick(_randomness, null, picked);
        if (count == 0)
            count = _table.Pick(_randomness, null, picked);
        for (var packets = 0; _rumors.HasFresh && packets < Limits.PacketsPerBurst; packets++)
            SendRumors(picked[..count], outbox);
    }

    private void SendRumors(ReadOnlySpan<Member> peers, IOutbox outbox)
    {
        var writer = BeginDatagram();
        _rumors.Fill(ref writer, DatagramRoom, peers.Length, TransmitLimit);
        if (writer.IsEmpty)
            return;
        var frame = _datagram.AsSpan(0, _envelope.Close(_datagram, writer.Length));
        foreach (var peer in peers)
            SendFrame(frame, peer.Address, Delivery.Datagram, outbox);
    }
}
