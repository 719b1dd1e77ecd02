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
    private int _sequence;

    /// <summary>Tells the node that a stream to a peer could not be opened.</summary>
    /// <param name="now">The time.</param>
    /// <param name="peer">The peer that was to be reached.</param>
    /// <param name="refused">Whether the peer's host answered that nobody listens; else it was silent or unreachable.</param>
    /// <param name="outbox">Where effects go.</param>
    public void StreamFailed(Instant now, PeerAddress peer, bool refused, IOutbox outbox)
    {
        if (!refused || _probe is not { IsWidened: true } probe || probe.Target.Address != peer || !IsTelling(probe.Target))
            return;
        if (IsDoubted(probe.Target))
            return; // It lives, so that somebody else refuses, and a relay may still reach it.
        _probe = null;
        _deadlines[Deadline.ProbeStep] = Instant.Never;
        Counters.ProbesFailed++;
        Accuse(now, probe.Target, MemberState.Suspect, Evidence.Refused, outbox);
    }

    /// <summary>
    /// Sixteen bits are enough to tell the few probes in flight apart, and keep the packets small. The lower half are the numbers of rounds.
    /// </summary>
    private uint NextSequence() => Rounds.Range + (uint)(_sequence = (_sequence + 1) & (int)(Rounds.Range - 1));

    private void StartProbe(Instant now, IOutbox outbox)
    {
        if (_self.State == MemberState.Left)
            return;
        if (_probe is { } overdue && overdue.End <= now)
        {
            _deadlines[Deadline.ProbeRound] = now; // Its end comes first: so the new round carries what it found.
            return;
        }

        _deadlines[Deadline.ProbeRound] = now + _health.Stretch(Options.ProbeInterval);
        _rounds.Begin(now, _table.PeerCount);
        if (_probe is not null || NextTarget(now) is not { } target)
            return;
        Counters.Probes++;
        var sequence = IsInRounds ? _rounds.Number : NextSequence();
        _probe = new Probe(target, sequence, now, _health.Stretch(TimeoutFor(target)), _health.Stretch(Options.ProbeWindow));
        _deadlines[Deadline.ProbeStep] = _probe.NextStep;
        var writer = BeginDatagram();
        writer.TryPing(new Ping(_probe.Sequence, _self.Id, target.Id.Tag, _table.Digest));
        TellSuspect(ref writer, target);
        SendWithRumors(ref writer, target.Address, outbox);
    }

    /// <summary>A suspect learns of it from whoever probes it, so that it can refute (Lifeguard §IV-C, "buddy system").</summary>
    private void TellSuspect(ref PacketWriter writer, Member target)
    {
        if (Options.TellSuspects && target.State == MemberState.Suspect)
            writer.TryAccusation(new Accusation(target.Id, target.Claim, target.Gravest));
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
    private void StepProbe(Instant now, IOutbox outbox)
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
            Widen(probe, outbox);
            return;
        }

        _probe = null;
        Counters.ProbesFailed++;
        // A nack says that this node is heard, and so that it is the target which is not (memberlist counts so too).
        _health.Worsen(probe.HasNack ? probe.NacksMissed : 1 + probe.NacksMissed);
        NoteUnreached(now, probe.Target, outbox);
        Accuse(now, probe.Target, MemberState.Suspect, probe.HasNack ? Evidence.RelayedSilence : Evidence.Silence, outbox);
    }

    private void Widen(Probe probe, IOutbox outbox)
    {
        var relays = _picked.AsSpan(0, Options.RelayCount);
        var count = _table.Pick(_randomness, probe.Target, relays);
        probe.Widen(relays[..count]);
        _deadlines[Deadline.ProbeStep] = probe.NextStep; // Before anything is sent: no probe follows one that never ends.
        foreach (var relay in relays[..count])
        {
            var request = BeginDatagram();
            request.TryPingRequest(new PingRequest(probe.Sequence, _self.Id, probe.Target.Id, probe.Target.Address));
            SendWithRumors(ref request, relay.Address, outbox);
        }

        var ping = BeginDatagram();
        ping.TryPing(new Ping(probe.Sequence, _self.Id, probe.Target.Id.Tag, _table.Digest));
        TellSuspect(ref ping, probe.Target);
        Send(ping, probe.Target.Address, Delivery.Stream, outbox);
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
        var ack = new Ack(ping.Sequence, _self.Id.Tag, _table.Digest, sender?.RecordsVersion ?? 0, Reflect(caller, sender));
        var writer = WriteAck(ack, room);
        if (sender is { IsLive: false } && (vouched || writer.Length < bytesReceived / 2))
            TellDead(ref writer, sender);
        if (FrameLength(writer) > room)
            return;
        if (vouched && caller.Delivery == Delivery.Datagram)
            SendWithRumors(ref writer, caller.From, caller.Outbox);
        else
            Send(writer, caller.From, caller.Delivery, caller.Outbox);
    }

    /// <summary>Writes an ack that leaves out what is not needed of it if the frame would take more than <paramref name="room"/>.</summary>
    private PacketWriter WriteAck(in Ack ack, int room)
    {
        var writer = BeginDatagram();
        writer.TryAck(ack);
        if (FrameLength(writer) > room)
        {
            writer = BeginDatagram();
            writer.TryAck(ack with { Held = 0 });
        }

        if (FrameLength(writer) > room)
        {
            writer = BeginDatagram();
            writer.TryAck(ack with { Held = 0, SeenAs = default });
        }

        return writer;
    }

    /// <summary>A ping tells that its sender lives and, when it is of a round, where the others are. A stream's may have waited long.</summary>
    private void HearPing(in Caller caller, Member sender, in Ping ping)
    {
        HearMember(caller.Now, sender, isQuestion: ping.TargetTag == 0);
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
        writer.TryAccusation(new Accusation(member.Id, member.Claim, member.Gravest));

    private bool ReceiveAck(in Caller caller, in Ack ack)
    {
        if (_probe is { } probe && probe.Sequence == ack.Sequence)
            ReceiveProbeAck(caller, probe, ack);
        else if (_relays.TryTake(ack.Sequence, ack.ResponderTag, out var relay))
            CarryAck(relay, ack, caller.Outbox);
        else if (!TryReceiveLookAck(caller, ack) && !TryReceiveProofAck(caller, ack))
            ReceiveJoinAck(caller, ack);
        return true;
    }

    private void ReceiveProbeAck(in Caller caller, Probe probe, in Ack ack)
    {
        if (ack.ResponderTag == probe.Target.Id.Tag)
        {
            _probe = null;
            _deadlines[Deadline.ProbeStep] = Instant.Never;
            _health.Improve();
            HearMember(caller.Now, probe.Target);
            NoteAppearance(ack);
            NoteHeld(probe.Target, ack);
            NoteReached(caller.Now, probe.Target, caller.Outbox);
            var isDirect = caller.Delivery == Delivery.Datagram && caller.From == probe.Target.Address;
            if (isDirect)
                MeasureRoundTrip(probe.Target, caller.Now - probe.Start);
            NoteAnswer(probe.Target, caller.Delivery, isDirect);
            NotePath(caller.Now, probe.Target, isDirect, caller.Outbox);
            CompareDigest(caller.Now, probe.Target, ack.Digest, isDirect, caller.Outbox);
        }
        else if (caller.From == probe.Target.Address)
        {
            _probe = null;
            _deadlines[Deadline.ProbeStep] = Instant.Never;
            NoteUnreached(caller.Now, probe.Target, caller.Outbox);
            Accuse(caller.Now, probe.Target, MemberState.Suspect, Evidence.Replaced, caller.Outbox);
            Join(caller.Now, caller.From, caller.Outbox);
        }
    }

    private bool ReceiveNack(in Caller caller, uint sequence)
    {
        if (_probe is { } probe && probe.Sequence == sequence)
            probe.CountNack(caller.From);
        return true;
    }

    /// <summary>Carries a probe from one member to another, and for nobody else: relays must not be a way to have strangers pinged.</summary>
    private bool CarryProbe(in Caller caller, in PingRequest request)
    {
        if (_self.State == MemberState.Left || _table.Find(request.Sender) is not { IsLive: true } sender || sender.Address != caller.From)
            return true;
        if (_table.Find(request.Target) is not { } target || target.Address != request.TargetAddress)
            return true;
        HearMember(caller.Now, sender);
        var sequence = NextSequence();
        var nackAt = caller.Now + (Options.ProbeTimeout * 0.8);
        var relay = new Relay(sequence, caller.From, request.Sequence, request.Target, nackAt, caller.Now + Options.ProbeInterval, IsNacked: Options.LocalHealthLimit == 0);
        if (!_relays.TryAdd(relay))
        {
            Counters.Drop(DropReason.LimitReached);
            return true;
        }

        _deadlines[Deadline.Relay] = _relays.Earliest;
        var writer = BeginDatagram();
        writer.TryPing(new Ping(sequence, _self.Id, request.Target.Tag, _table.Digest));
        TellSuspect(ref writer, target);
        SendWithRumors(ref writer, request.TargetAddress, caller.Outbox);
        return true;
    }

    /// <summary>What the ack tells of the ping's sender is of this node, and not for the origin.</summary>
    private void CarryAck(in Relay relay, in Ack ack, IOutbox outbox)
    {
        var writer = BeginDatagram();
        writer.TryAck(ack with { Sequence = relay.OriginSequence, Held = 0, SeenAs = default });
        SendWithRumors(ref writer, relay.Origin, outbox);
        _deadlines[Deadline.Relay] = _relays.Earliest;
    }

    private void StepRelays(Instant now, IOutbox outbox)
    {
        _deadlines[Deadline.Relay] = now; // Should the outbox throw, the others are due.
        while (_relays.TryNack(now, out var relay))
        {
            var writer = BeginDatagram();
            writer.TryNack(relay.OriginSequence);
            SendWithRumors(ref writer, relay.Origin, outbox);
        }

        _relays.RemoveEnded(now);
        _deadlines[Deadline.Relay] = _relays.Earliest;
    }
}
