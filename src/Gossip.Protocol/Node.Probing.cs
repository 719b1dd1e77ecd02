namespace Gossip.Protocol;

/// <summary>
/// Failure detection (SWIM §3.1, Lifeguard §IV): each round one member is probed, directly, then through relays and by stream. Silence on
/// all paths is a suspicion; a refused stream says that the process is gone while its host lives, which is far stronger.
/// </summary>
public sealed partial class Node
{
    private readonly Member[] _picked = new Member[16];
    private Probe? _probe;
    private TimeSpan? _roundTrip;
    private bool _wasOutOfTurn;

    /// <summary>Tells the node that a stream to a peer could not be opened.</summary>
    /// <param name="now">The time.</param>
    /// <param name="peer">The peer that was to be reached.</param>
    /// <param name="refused">Whether the peer's host answered that nobody listens; else it was silent or unreachable.</param>
    /// <param name="outbox">Where effects go.</param>
    public void StreamFailed(Instant now, PeerAddress peer, bool refused, IOutbox outbox)
    {
        if (!refused || _probe is not { IsWidened: true } probe || probe.Target.Address != peer || !IndirectPaths.IsTelling(probe.Target))
            return;
        if (Reachability.IsDoubted(probe.Target))
            return; // It lives, so that somebody else refuses, and a relay may still reach it.
        _probe = null;
        _deadlines[Deadline.ProbeStep] = Instant.Never;
        Counters.ProbesFailed++;
        _memberships.Accuse(new Caller(now, outbox), probe.Target, MemberState.Suspect, Evidence.Refused);
    }

    private void StartProbe(in Caller caller)
    {
        if (_self.State == MemberState.Left)
            return;
        if (_probe is { } overdue && overdue.End <= caller.Now)
        {
            _deadlines[Deadline.ProbeRound] = caller.Now; // Its end comes first: so the new round carries what it found.
            return;
        }

        _deadlines[Deadline.ProbeRound] = caller.Now + _health.Stretch(Options.ProbeInterval);
        _rounds.Begin(caller.Now, _table.PeerCount);
        if (_probe is not null || NextTarget(caller.Now) is not { } target)
            return;
        Counters.Probes++;
        var sequence = IsInRounds ? _rounds.Number : _sender.NextSequence();
        _probe = new Probe(target, sequence, caller.Now, _health.Stretch(TimeoutFor(target)), _health.Stretch(Options.ProbeWindow));
        _deadlines[Deadline.ProbeStep] = _probe.NextStep;
        var writer = _kernel.BeginPing(sequence, target);
        _gossiper.SendWithRumors(ref writer, target.Address, caller.Outbox);
    }

    /// <summary>A doubted member, at most every other time, for the rounds are shared; else whose turn it is.</summary>
    private Member? NextTarget(Instant now)
    {
        _wasOutOfTurn = !_wasOutOfTurn && _reachability.HasDoubted;
        return (_wasOutOfTurn ? _reachability.NextDoubted(now) : null) ?? NextInTurn();
    }

    private Member? NextInTurn()
    {
        if (IsInRounds && _table.Live.Count > 1)
            return _table.Live[(_table.OwnPlace + _rounds.Stride(_table.Live.Count)) % _table.Live.Count];
        for (var tries = _table.PeerCount; tries > 0 && _order.TryNext(out var id); tries--)
        {
            if (_table.Find(id) is { IsLive: true } member)
                return member;
        }

        return null;
    }

    private void MeasureRoundTrip(Member target, TimeSpan sample)
    {
        target.RoundTrip = Smooth(target.RoundTrip, sample);
        _roundTrip = Smooth(_roundTrip, sample);
    }

    /// <summary>As TCP does (RFC 6298 §2).</summary>
    private static TimeSpan Smooth(TimeSpan? smoothed, TimeSpan sample) => smoothed is { } known ? known + ((sample - known) / 8) : sample;

    /// <summary>
    /// Four times what the target's answers take (anybody's, before its first), within the bounds of the options: the second path costs
    /// little, and starts early.
    /// </summary>
    private TimeSpan TimeoutFor(Member target)
    {
        if ((target.RoundTrip ?? _roundTrip) is not { } roundTrip || Options.ShortestProbeTimeout >= Options.ProbeTimeout)
            return Options.ProbeTimeout;
        var wanted = 4 * roundTrip;
        return wanted < Options.ShortestProbeTimeout ? Options.ShortestProbeTimeout : wanted < Options.ProbeTimeout ? wanted : Options.ProbeTimeout;
    }

    private bool IsInRounds => Options.CoordinateProbes && _rounds.IsShared;

    /// <summary>The direct ping stayed unanswered, or the window closed.</summary>
    private void StepProbe(in Caller caller)
    {
        if (_probe is not { } probe)
            return;
        if (!probe.Target.IsLive)
        {
            _probe = null;
            return;
        }

        if (!probe.IsWidened)
        {
            Widen(probe, caller.Outbox);
            return;
        }

        _probe = null;
        Counters.ProbesFailed++;
        // A nack says that this node is heard, and so that it is the target which is not (memberlist counts so too).
        _health.Worsen(probe.HasNack ? probe.NacksMissed : 1 + probe.NacksMissed);
        _reachability.NoteUnreached(caller, probe.Target);
        _memberships.Accuse(caller, probe.Target, MemberState.Suspect, probe.HasNack ? Evidence.RelayedSilence : Evidence.Silence);
    }

    private void Widen(Probe probe, IOutbox outbox)
    {
        var relays = _picked.AsSpan(0, Options.RelayCount);
        var count = _table.Pick(_randomness, probe.Target, relays);
        probe.Widen(relays[..count]);
        _deadlines[Deadline.ProbeStep] = probe.NextStep; // Before anything is sent: no probe follows one that never ends.
        foreach (var relay in relays[..count])
        {
            var request = _sender.BeginDatagram();
            request.TryPingRequest(new PingRequest(probe.Sequence, _self.Id, probe.Target.Id, probe.Target.Address));
            _gossiper.SendWithRumors(ref request, relay.Address, outbox);
        }

        _sender.Send(_kernel.BeginPing(probe.Sequence, probe.Target), probe.Target.Address, Delivery.Stream, outbox);
    }

    /// <summary>
    /// Answers a ping after the rest of its packet was taken in, so that the ack tells of it. A caller that nobody vouches for gets no more
    /// bytes than it sent: an address can be forged.
    /// </summary>
    private void AnswerPing(in Caller caller, in Ping ping, int bytesReceived)
    {
        if (_self.State == MemberState.Left)
            return;
        var sender = _table.Find(ping.Sender);
        if (sender is not null && sender.Address == caller.From)
            HearPing(caller, sender, ping);
        var vouched = caller.Delivery == Delivery.Stream || (sender is { IsLive: true } && sender.Address == caller.From);
        var room = vouched ? int.MaxValue : bytesReceived;
        var ack = new Ack(ping.Sequence, _self.Id.Tag, _table.Digest, sender?.RecordsVersion ?? 0, ObservedAddresses.Reflect(caller, sender));
        var writer = WriteAck(ack, room);
        if (sender is { IsLive: false } && (vouched || writer.Length < bytesReceived / 2))
            TellDead(ref writer, sender);
        if (_sender.FrameLength(writer) > room)
            return;
        if (vouched && caller.Delivery == Delivery.Datagram)
            _gossiper.SendWithRumors(ref writer, caller.From, caller.Outbox);
        else
            _sender.Send(writer, caller.From, caller.Delivery, caller.Outbox);
    }

    /// <summary>Writes an ack that leaves out what is not needed of it if the frame would take more than <paramref name="room"/>.</summary>
    private PacketWriter WriteAck(in Ack ack, int room)
    {
        var writer = _sender.BeginDatagram();
        writer.TryAck(ack);
        if (_sender.FrameLength(writer) > room)
        {
            writer = _sender.BeginDatagram();
            writer.TryAck(ack with { Held = 0 });
        }

        if (_sender.FrameLength(writer) > room)
        {
            writer = _sender.BeginDatagram();
            writer.TryAck(ack with { Held = 0, SeenAs = default });
        }

        return writer;
    }

    /// <summary>A ping tells that its sender lives and, when it is of a round, where the others are. A stream's may have waited long.</summary>
    private void HearPing(in Caller caller, Member sender, in Ping ping)
    {
        _newcomers.Hear(caller.Now, sender, isQuestion: ping.TargetTag == 0);
        if (!Options.CoordinateProbes || ping.Sequence >= Rounds.Range || caller.Delivery != Delivery.Datagram || !sender.IsLive)
            return;
        var advice = _rounds.Hear(ping.Sequence, caller.Now, Options.ProbeInterval);
        if (_health.Score > 0)
            return;
        if (advice == RoundAdvice.Begin)
            _deadlines.Hasten(Deadline.ProbeRound, caller.Now);
        else if (advice == RoundAdvice.Align)
            _deadlines[Deadline.ProbeRound] = caller.Now + Options.ProbeInterval;
    }

    /// <summary>One that is held dead and speaks learns of it with the ack, and refutes.</summary>
    private static void TellDead(ref PacketWriter writer, Member member) =>
        writer.TryAccusation(Accusation.Of(member));

    private bool ReceiveAck(in Caller caller, in Ack ack)
    {
        if (_probe is { } probe && probe.Sequence == ack.Sequence)
            ReceiveProbeAck(caller, probe, ack);
        else if (!_relay.TryCarryAck(caller, ack) && !TryReceiveLookAck(caller, ack) && !_tracker.TryReceiveAck(caller, ack))
            _joiner.ReceiveAck(caller, ack);
        return true;
    }

    private void ReceiveProbeAck(in Caller caller, Probe probe, in Ack ack)
    {
        if (ack.ResponderTag == probe.Target.Id.Tag)
        {
            _probe = null;
            _deadlines[Deadline.ProbeStep] = Instant.Never;
            _health.Improve();
            _newcomers.Hear(caller.Now, probe.Target);
            _observed.Note(ack);
            _tracker.Note(probe.Target, ack);
            _reachability.NoteReached(caller, probe.Target);
            var isDirect = caller.Delivery == Delivery.Datagram && caller.From == probe.Target.Address;
            if (isDirect)
                MeasureRoundTrip(probe.Target, caller.Now - probe.Start);
            IndirectPaths.NoteAnswer(probe.Target, caller.Delivery, isDirect);
            _paths.NotePath(caller, probe.Target, isDirect);
            _antiEntropy.Compare(caller, probe.Target, ack.Digest, isDirect);
        }
        else if (caller.From == probe.Target.Address)
        {
            _probe = null;
            _deadlines[Deadline.ProbeStep] = Instant.Never;
            _reachability.NoteUnreached(caller, probe.Target);
            _memberships.Accuse(caller, probe.Target, MemberState.Suspect, Evidence.Replaced);
            _joiner.Join(caller, caller.From);
        }
    }

    private bool ReceiveNack(in Caller caller, uint sequence)
    {
        if (_probe is { } probe && probe.Sequence == sequence)
            probe.CountNack(caller.From);
        return true;
    }
}
