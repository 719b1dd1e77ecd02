namespace Gossip.Protocol;

/// <summary>
/// Failure detection (SWIM §3.1, Lifeguard §IV): each round one member is probed, directly, then through relays and by stream. Silence on
/// all paths is a suspicion; a refused stream says that the process is gone while its host lives, which is far stronger.
/// </summary>
internal sealed partial class Detector(
    Kernel kernel, Gossiper gossiper, Introductions introductions, Rounds rounds, ProbeOrder order, Newcomers newcomers,
    Suspicions suspicions, StallDetector stalls, Reachability reachability, IndirectPaths paths, ObservedAddresses observed,
    Memberships memberships, AntiEntropy antiEntropy, Joiner joiner, PropagationTracker tracker)
{
    private readonly Member[] _picked = new Member[kernel.Options.RelayCount];
    private Probe? _probe;
    private bool _wasOutOfTurn;

    /// <summary>How long answers take, smoothed over all members; null before the first.</summary>
    public TimeSpan? RoundTrip { get; private set; }

    public IEnumerable<NodeSize> Sizes =>
    [
        new("members to probe", order.Count, kernel.Table.PeerCount),
        new("suspicions", suspicions.Count, kernel.Table.PeerCount),
        new("newcomers", newcomers.Count, kernel.Options.MaxMembers),
    ];

    /// <summary>Takes in a member that was not heard of: one of many at once.</summary>
    public void Append(MemberId id) => order.Append(id);

    /// <summary>This node goes: it asks nobody any more.</summary>
    public void Stop()
    {
        _probe = null;
        kernel.Deadlines[Deadline.ProbeRound] = Instant.Never;
        kernel.Deadlines[Deadline.ProbeStep] = Instant.Never;
    }

    /// <summary>The loop comes too late: the probe under way is dropped, not failed, and suspects get back the time.</summary>
    public void DropStaleDeadlines(Instant now, TimeSpan late)
    {
        rounds.Lose();
        _probe = null;
        kernel.Deadlines[Deadline.ProbeStep] = Instant.Never;
        suspicions.Postpone(late);
        kernel.Deadlines[Deadline.ProbeRound] = now + kernel.Randomness.Between(TimeSpan.Zero, kernel.Options.ProbeInterval);
    }

    /// <summary>A stream to a peer was refused: its host says that nobody listens there.</summary>
    public void HearRefusal(in Caller caller, PeerAddress peer)
    {
        if (_probe is not { IsWidened: true } probe || probe.Target.Address != peer || !IndirectPaths.IsTelling(probe.Target))
            return;
        if (Reachability.IsDoubted(probe.Target))
            return; // It lives, so that somebody else refuses, and a relay may still reach it.
        _probe = null;
        kernel.Deadlines[Deadline.ProbeStep] = Instant.Never;
        kernel.Counters.ProbesFailed++;
        memberships.Accuse(caller, probe.Target, MemberState.Suspect, Evidence.Refused);
    }

    /// <summary>Begins a round.</summary>
    public void StartProbe(in Caller caller)
    {
        if (kernel.Self.State == MemberState.Left)
            return;
        if (_probe is { } overdue && overdue.End <= caller.Now)
        {
            kernel.Deadlines[Deadline.ProbeRound] = caller.Now; // Its end comes first: so the new round carries what it found.
            return;
        }

        kernel.Deadlines[Deadline.ProbeRound] = caller.Now + kernel.Health.Stretch(kernel.Options.ProbeInterval);
        rounds.Begin(caller.Now, kernel.Table.PeerCount);
        reachability.AskAgain(caller);
        if (_probe is not null || NextTarget(caller.Now) is not { } target)
            return;
        kernel.Counters.Probes++;
        var sequence = IsInRounds ? rounds.Number : kernel.Sender.NextSequence();
        var (timeout, window) = (kernel.Health.Stretch(TimeoutFor(target)), kernel.Health.Stretch(kernel.Options.ProbeWindow));
        _probe = new Probe(target, sequence, caller.Now, timeout, window);
        kernel.Deadlines[Deadline.ProbeStep] = _probe.NextStep;
        var writer = kernel.BeginPing(caller.Now, sequence, target);
        gossiper.SendWithRumors(ref writer, target.Address, caller);
    }

    /// <summary>A doubted member, at most every other time, for the rounds are shared; else whose turn it is.</summary>
    private Member? NextTarget(Instant now)
    {
        _wasOutOfTurn = !_wasOutOfTurn && reachability.HasDoubted;
        return (_wasOutOfTurn ? reachability.NextDoubted(now) : null) ?? NextInTurn();
    }

    private Member? NextInTurn()
    {
        if (IsInRounds && kernel.Table.Live.Count > 1)
            return kernel.Table.Live[(kernel.Table.OwnPlace + rounds.Stride(kernel.Table.Live.Count)) % kernel.Table.Live.Count];
        for (var tries = kernel.Table.PeerCount; tries > 0 && order.TryNext(out var id); tries--)
        {
            if (kernel.Table.Find(id) is { IsLive: true } member)
                return member;
        }

        return null;
    }

    private void MeasureRoundTrip(Member target, TimeSpan sample)
    {
        kernel.Counters.MeasureRoundTrip(sample);
        target.RoundTrip = Smooth(target.RoundTrip, sample);
        RoundTrip = Smooth(RoundTrip, sample);
    }

    /// <summary>As TCP does (RFC 6298 §2).</summary>
    private static TimeSpan Smooth(TimeSpan? smoothed, TimeSpan sample) => smoothed is { } known ? known + ((sample - known) / 8) : sample;

    /// <summary>
    /// Four times what the target's answers take (anybody's, before its first), within the bounds of the options: the second path costs
    /// little, and starts early.
    /// </summary>
    private TimeSpan TimeoutFor(Member target)
    {
        var (shortest, longest) = (kernel.Options.ShortestProbeTimeout, kernel.Options.ProbeTimeout);
        if ((target.RoundTrip ?? RoundTrip) is not { } roundTrip || shortest >= longest)
            return longest;
        var wanted = 4 * roundTrip;
        return wanted < shortest ? shortest : wanted < longest ? wanted : longest;
    }

    private bool IsInRounds => kernel.Options.CoordinateProbes && rounds.IsShared;

    /// <summary>The direct ping stayed unanswered, or the window closed.</summary>
    public void StepProbe(in Caller caller)
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
            Widen(caller, probe);
            return;
        }

        _probe = null;
        kernel.Counters.ProbesFailed++;
        // A nack says that this node is heard, and so that it is the target which is not (memberlist counts so too).
        kernel.Health.Worsen(probe.HasNack ? probe.NacksMissed : 1 + probe.NacksMissed);
        reachability.NoteUnreached(caller, probe.Target);
        memberships.Accuse(caller, probe.Target, MemberState.Suspect, probe.HasNack ? Evidence.RelayedSilence : Evidence.Silence);
    }

    private void Widen(in Caller caller, Probe probe)
    {
        var relays = _picked.AsSpan();
        var count = kernel.Table.Pick(kernel.Randomness, probe.Target, relays);
        probe.Widen(relays[..count]);
        kernel.Deadlines[Deadline.ProbeStep] = probe.NextStep; // Before anything is sent: no probe follows one that never ends.
        var token = kernel.Sender.Tokens.Of(probe.Target.Address, probe.Sequence, caller.Now);
        foreach (var relay in relays[..count])
        {
            var request = kernel.Sender.BeginDatagram();
            request.TryPingRequest(new PingRequest(probe.Sequence, token, kernel.Self.Id, probe.Target.Id, probe.Target.Address));
            gossiper.SendWithRumors(ref request, relay.Address, caller);
        }

        var again = kernel.BeginPing(caller.Now, probe.Sequence, probe.Target);
        kernel.Sender.SendAgain(again, probe.Target, Delivery.Stream, (uint)kernel.Counters.Probes, caller);
    }

    /// <summary>An ack of the probe under way. False for another.</summary>
    public bool TryReceiveAck(in Caller caller, in Ack ack)
    {
        if (_probe is not { } probe || probe.Sequence != ack.Sequence
            || !kernel.Sender.Tokens.IsOwn(ack, probe.Target.Address, caller.Now))
            return false;
        ReceiveProbeAck(caller, probe, ack);
        return true;
    }

    private void ReceiveProbeAck(in Caller caller, Probe probe, in Ack ack)
    {
        if (ack.ResponderTag == probe.Target.Id.Tag)
        {
            _probe = null;
            kernel.Deadlines[Deadline.ProbeStep] = Instant.Never;
            kernel.Health.Improve();
            newcomers.Hear(caller.Now, probe.Target);
            // A member that lacks the primary key answers by the second path, whatever passes on the first.
            var isByPrimary = kernel.Sender.IsPrimary(caller.KeyId);
            kernel.Sender.NoteAnswer(probe.Target, caller);
            observed.Note(ack);
            tracker.Note(probe.Target, ack);
            reachability.NoteReached(caller, probe.Target);
            var isDirect = caller.Delivery == Delivery.Datagram && caller.From == probe.Target.Address;
            if (isDirect)
                MeasureRoundTrip(probe.Target, caller.Now - probe.Start);
            IndirectPaths.NoteAnswer(probe.Target, caller.Delivery, isDirect);
            if (isDirect || isByPrimary)
                paths.NotePath(caller, probe.Target, isDirect);
            antiEntropy.Compare(caller, probe.Target, ack.Digest, isDirect);
        }
        else if (caller.From == probe.Target.Address)
        {
            _probe = null;
            kernel.Deadlines[Deadline.ProbeStep] = Instant.Never;
            reachability.NoteUnreached(caller, probe.Target);
            memberships.Accuse(caller, probe.Target, MemberState.Suspect, Evidence.Replaced);
            joiner.Join(caller, caller.From);
        }
    }

    /// <summary>Takes a relay's word that it has heard nothing of the target either; false for one that was not asked.</summary>
    public bool TryReceiveNack(in Caller caller, uint sequence, uint token)
    {
        if (_probe is not { } probe || probe.Sequence != sequence
            || !kernel.Sender.Tokens.IsOwn(token, probe.Target.Address, sequence, caller.Now))
            return false;
        probe.CountNack(caller.From);
        return true;
    }
}
