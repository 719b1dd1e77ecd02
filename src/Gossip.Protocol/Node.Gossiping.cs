namespace Gossip.Protocol;

/// <summary>
/// Rumours leave at once and are passed on at first hearing, to the successors of <see cref="Successors"/>; then they are said again at a pace, until
/// they are known all around. A tick that sits on fresh news is a choice of other implementations, not a need of the method (SWIM §4.1).
/// </summary>
public sealed partial class Node
{
    /// <summary>In a storm the pause between bursts grows up to so many times <see cref="NodeOptions.GossipCoalesce"/>.</summary>
    private const int LongestPause = 32;

    /// <summary>Whether the packet under work tells a newcomer of the cluster: that is news to nobody else.</summary>
    private bool _isBriefed;

    /// <summary>Where the packet under work came from.</summary>
    private PeerAddress _speaker;

    private Instant _lastBurst;
    private TimeSpan _pause;
    private Instant _nextRepeat;

    /// <summary>Takes up a rumour. A lone one leaves at once; those that follow closely share a packet.</summary>
    private void Spread(Instant now, RumorSubject subject, byte[] message)
    {
        if (_isBriefed && subject.Member != _self.Id)
            return;
        _rumors.Add(subject, message);
        var fresh = now - _lastBurst >= _pause ? now : _lastBurst + _pause;
        _deadlines.Hasten(Deadline.Gossip, Options.GossipAtOnce ? fresh : now + Options.GossipPace);
    }

    /// <summary>
    /// Takes up the rumour of a join. A newcomer that has just told it here is about to tell its records, and both cost the cluster no more
    /// than one of them: so whoever hears of it first waits for what it says next.
    /// </summary>
    private void SpreadJoin(Instant now, MemberProfile profile)
    {
        var wait = profile.Address == _speaker ? Options.GossipCoalesce : TimeSpan.Zero;
        Spread(now + wait, new RumorSubject(RumorClass.Membership, profile.Id), profile.Encoded);
    }

    /// <summary>
    /// Packets are what a storm of news costs, and each burst of a node makes others burst: so while bursts follow each other closely the pause
    /// between them doubles, and more news shares each. News that comes at a calmer pace, or after a while of quiet, waits no longer than ever.
    /// </summary>
    private void Pause(Instant now)
    {
        var isStorm = now - _lastBurst < 8 * _pause;
        var longer = _pause * 2;
        var longest = Options.GossipCoalesce * LongestPause;
        _pause = !isStorm ? Options.GossipCoalesce : longer < longest ? longer : longest;
    }

    private void SpreadRumors(Instant now, IOutbox outbox)
    {
        if (_table.PeerCount == 0)
            TellWhoAnswered(now, outbox);
        if (_rumors.Count == 0 || _table.PeerCount == 0)
            return;
        try
        {
            if (Options.GossipAtOnce && _rumors.HasFresh)
                Burst(now, outbox);
            if (!Options.GossipAtOnce || (_rumors.HasStale && now >= _nextRepeat))
                Repeat(now, outbox);
        }
        finally
        {
            // Also where the outbox has thrown: what was not sent waits for the next time.
            SpreadOn(now);
        }
    }

    private void SpreadOn(Instant now)
    {
        if (Options.GossipAtOnce && _rumors.HasFresh)
            _deadlines.Hasten(Deadline.Gossip, now + _pause);
        if (!Options.GossipAtOnce ? _rumors.Count > 0 : _rumors.HasStale)
            _deadlines.Hasten(Deadline.Gossip, _nextRepeat);
    }

    /// <summary>
    /// A lone rumour goes its own way through the members. Several share packets, and so one way: packets are what a storm costs. What was sent
    /// before keeps its own pace, for it would be sent to as many again, and in a storm all of it many times before anybody can tell that it is known.
    /// </summary>
    private void Burst(Instant now, IOutbox outbox)
    {
        Pause(now);
        _lastBurst = now;
        if (!_rumors.HasStale)
            _nextRepeat = now + Options.GossipPace;
        var salt = _rumors.LoneFresh is { } lone ? StableHash.Of(lone.Message) : 0;
        var picked = _picked.AsSpan(0, Options.Fanout);
        var count = _self.IsLive
            ? Successors.Pick(_table.Live, _table.OwnPlace, salt, picked)
            : _table.Pick(_randomness, null, picked);
        if (count == 0)
            count = _table.Pick(_randomness, null, picked);
        for (var packets = 0; _rumors.HasFresh && packets < Limits.PacketsPerBurst; packets++)
            SendRumors(picked[..count], RumorShare.Fresh, outbox);
    }

    /// <summary>What all have most likely heard is said again for those who have not: a lone rumour to whom nobody else says it at this time.</summary>
    private void Repeat(Instant now, IOutbox outbox)
    {
        _nextRepeat = now + Options.GossipPace;
        var picked = _picked.AsSpan(0, Options.GossipAtOnce ? 1 : Options.Fanout);
        var count = 1;
        if (Options.GossipAtOnce && _self.IsLive && _table.Live.Count > 1 && _rumors.LoneStale is { } lone)
            picked[0] = Successors.Next(_table.Live, _table.OwnPlace, StableHash.Of(lone.Message), lone.Sends);
        else
            count = _table.Pick(_randomness, null, picked);
        SendRumors(picked[..count], Options.GossipAtOnce ? RumorShare.Stale : RumorShare.All, outbox);
    }

    private void SendRumors(ReadOnlySpan<Member> peers, RumorShare share, IOutbox outbox)
    {
        var writer = BeginDatagram();
        _rumors.Fill(ref writer, DatagramRoom, peers.Length, TransmitLimit, share);
        if (writer.IsEmpty)
            return;
        var frame = _datagram.AsSpan(0, _envelope.Close(_datagram, writer.Length));
        foreach (var peer in peers)
            SendFrame(frame, peer.Address, Delivery.Datagram, outbox);
    }
}
