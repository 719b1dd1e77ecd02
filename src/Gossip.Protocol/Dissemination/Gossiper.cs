namespace Gossip.Protocol;

/// <summary>
/// Rumours leave at once and are passed on at first hearing, to the successors of <see cref="Successors"/>; then they are said again at a
/// pace, until they are known all around. A tick that sits on fresh news is a choice of other implementations, not a need of the method
/// (SWIM §4.1).
/// </summary>
internal sealed class Gossiper(Kernel kernel)
{
    /// <summary>In a storm the pause between bursts grows up to so many times <see cref="NodeOptions.GossipCoalesce"/>.</summary>
    private const int LongestPause = 32;

    /// <summary>
    /// The pauses of <see cref="NodeOptions.GossipPace"/> after which a rumour has had its sends, and is either known or missed.
    /// </summary>
    private const int PacesOfARumor = 8;

    private readonly RumorQueue _rumors = new(kernel.Options.GossipAtOnce ? kernel.Options.Fanout : int.MaxValue);
    private readonly Member[] _picked = new Member[kernel.Options.Fanout];
    private Instant _lastBurst;
    private TimeSpan _pause;
    private Instant _nextRepeat;

    /// <summary>Whether a rumour waits that was never sent.</summary>
    public bool HasFresh => _rumors.HasFresh;

    /// <summary>Whether a rumour waits.</summary>
    public bool HasRumors => _rumors.Count > 0;

    /// <summary>How many rumours wait.</summary>
    public int Count => _rumors.Count;

    /// <summary>How often a rumour is sent.</summary>
    public int TransmitLimit =>
        Math.Max(kernel.Options.Fanout, (int)Math.Ceiling(kernel.Options.TransmitMultiplier * Math.Log10(kernel.Table.PeerCount + 2)));

    public IEnumerable<NodeSize> Sizes =>
    [
        new("membership rumours", _rumors.CountOf(RumorClass.Membership), Limits.RumorsPerClass),
        new("service rumours", _rumors.CountOf(RumorClass.Services), Limits.RumorsPerClass),
        new("subjects of rumours", _rumors.Count, _rumors.CountOf(RumorClass.Membership) + _rumors.CountOf(RumorClass.Services)),
    ];

    /// <summary>Whether a rumour about the subject waits.</summary>
    public bool Contains(RumorSubject subject) => _rumors.Contains(subject);

    /// <summary>What a rumour takes until it is either known or missed.</summary>
    public TimeSpan SettleTime => PacesOfARumor * kernel.Options.GossipPace;

    /// <summary>
    /// While members join, views differ, and who is not in all of them yet misses rumours: so when the news stops, whoever heard of a join
    /// compares once with somebody, and does not wait for the next probe.
    /// </summary>
    public void CompareSoon(Instant now) => kernel.Deadlines[Deadline.Compare] = now + SettleTime;

    /// <summary>Somebody tells a rumour, which may be here.</summary>
    public void Hear(RumorSubject subject) => _rumors.Hear(subject);

    /// <summary>Takes up a rumour. A lone one leaves at once; those that follow closely share a packet.</summary>
    public void Spread(in Caller caller, RumorSubject subject, byte[] message, TimeSpan wait = default)
    {
        if (caller.IsBriefing && subject.Member != kernel.Self.Id)
            return;
        _rumors.Add(subject, message);
        var from = caller.Now + wait;
        var fresh = from - _lastBurst >= _pause ? from : _lastBurst + _pause;
        kernel.Deadlines.Hasten(Deadline.Gossip, kernel.Options.GossipAtOnce ? fresh : from + kernel.Options.GossipPace);
    }

    /// <summary>
    /// Takes up the rumour of a join. A newcomer that has just told it here is about to tell its records, and both cost the cluster no more
    /// than one of them: so whoever hears of it first waits for what it says next.
    /// </summary>
    public void SpreadJoin(in Caller caller, MemberProfile profile)
    {
        var wait = profile.Address == caller.From ? kernel.Options.GossipCoalesce : TimeSpan.Zero;
        Spread(caller, new RumorSubject(RumorClass.Membership, profile.Id), profile.Encoded, wait);
    }

    /// <summary>
    /// Packets are what a storm of news costs, and each burst of a node makes others burst: so while bursts follow each other closely the
    /// pause between them doubles, and more news shares each. News that comes at a calmer pace, or after a while of quiet, waits no longer
    /// than ever.
    /// </summary>
    private void Pause(Instant now)
    {
        var isStorm = now - _lastBurst < 8 * _pause;
        var longer = _pause * 2;
        var longest = kernel.Options.GossipCoalesce * LongestPause;
        _pause = !isStorm ? kernel.Options.GossipCoalesce : longer < longest ? longer : longest;
    }

    /// <summary>Says what waits.</summary>
    public void Step(in Caller caller)
    {
        if (_rumors.Count == 0 || kernel.Table.PeerCount == 0)
            return;
        try
        {
            if (kernel.Options.GossipAtOnce && _rumors.HasFresh)
                Burst(caller);
            if (!kernel.Options.GossipAtOnce || (_rumors.HasStale && caller.Now >= _nextRepeat))
                Repeat(caller);
        }
        finally
        {
            // Also where the outbox has thrown: what was not sent waits for the next time.
            SpreadOn(caller.Now);
        }
    }

    private void SpreadOn(Instant now)
    {
        if (kernel.Options.GossipAtOnce && _rumors.HasFresh)
            kernel.Deadlines.Hasten(Deadline.Gossip, now + _pause);
        if (!kernel.Options.GossipAtOnce ? _rumors.Count > 0 : _rumors.HasStale)
            kernel.Deadlines.Hasten(Deadline.Gossip, _nextRepeat);
    }

    /// <summary>
    /// A lone rumour goes its own way through the members. Several share packets, and so one way: packets are what a storm costs. What was
    /// sent before keeps its own pace, for it would be sent to as many again, and in a storm all of it many times before anybody can tell
    /// that it is known.
    /// </summary>
    private void Burst(in Caller caller)
    {
        Pause(caller.Now);
        _lastBurst = caller.Now;
        if (!_rumors.HasStale)
            _nextRepeat = caller.Now + kernel.Options.GossipPace;
        var salt = _rumors.LoneFresh is { } lone ? StableHash.Of(lone.Message) : 0;
        var picked = _picked.AsSpan(0, kernel.Options.Fanout);
        var count = kernel.Self.IsLive
            ? Successors.Pick(kernel.Table.Live, kernel.Table.OwnPlace, salt, picked)
            : kernel.Table.Pick(kernel.Randomness, null, picked);
        if (count == 0)
            count = kernel.Table.Pick(kernel.Randomness, null, picked);
        for (var packets = 0; _rumors.HasFresh && packets < Limits.PacketsPerBurst; packets++)
            SendRumors(picked[..count], RumorShare.Fresh, caller);
    }

    /// <summary>
    /// What all have most likely heard is said again for those who have not: a lone rumour to whom nobody else says it at this time.
    /// </summary>
    private void Repeat(in Caller caller)
    {
        _nextRepeat = caller.Now + kernel.Options.GossipPace;
        var picked = _picked.AsSpan(0, kernel.Options.GossipAtOnce ? 1 : kernel.Options.Fanout);
        var count = 1;
        if (kernel.Options.GossipAtOnce && kernel.Self.IsLive && kernel.Table.Live.Count > 1 && _rumors.LoneStale is { } lone)
            picked[0] = Successors.Next(kernel.Table.Live, kernel.Table.OwnPlace, StableHash.Of(lone.Message), lone.Sends);
        else
            count = kernel.Table.Pick(kernel.Randomness, null, picked);
        SendRumors(picked[..count], kernel.Options.GossipAtOnce ? RumorShare.Stale : RumorShare.All, caller);
    }

    private void SendRumors(ReadOnlySpan<Member> peers, RumorShare share, in Caller caller)
    {
        var writer = kernel.Sender.BeginDatagram();
        _rumors.Fill(ref writer, kernel.Sender.DatagramRoom, peers.Length, TransmitLimit, share);
        if (!writer.IsEmpty)
            kernel.Sender.Send(writer, peers, caller);
    }

    /// <summary>Sends a packet with as many rumours as it holds besides.</summary>
    public void SendWithRumors(ref PacketWriter writer, PeerAddress to, in Caller caller)
    {
        AddRumors(ref writer);
        kernel.Sender.Send(writer, to, Delivery.Datagram, caller);
    }

    /// <summary>Adds as many rumours as a frame of so many bytes holds besides.</summary>
    public void AddRumors(ref PacketWriter writer, int room = int.MaxValue)
    {
        var share = kernel.Options.GossipAtOnce ? RumorShare.Besides : RumorShare.All;
        var left = Math.Min(kernel.Sender.DatagramRoom - writer.Length, room - kernel.Sender.FrameLength(writer));
        if (_rumors.Count > 0 && left > 0)
            _rumors.Fill(ref writer, left, 1, TransmitLimit, share);
    }
}
