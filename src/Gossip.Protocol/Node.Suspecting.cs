namespace Gossip.Protocol;

/// <summary>From suspicion to death, or not (SWIM §4.2, Lifeguard §IV-B).</summary>
public sealed partial class Node
{
    private void StartSuspicion(Instant now, Member member)
    {
        var shortest = Suspicions.Shortest(Options.SuspicionAlpha, _table.PeerCount + 1, Options.ProbeInterval);
        if (shortest < Options.SuspicionFloor)
            shortest = Options.SuspicionFloor;
        var wanted = Math.Min(Options.SuspicionConfirmations, Math.Max(0, _table.PeerCount - 1));
        var suspicion = new Suspicion(member, now, shortest, shortest * Options.SuspicionBeta, wanted);
        suspicion.PutOff(_newcomers.PatienceFor(member.Id));
        if (member.Gravest.IsStrong)
            suspicion.Cap(now + _health.Stretch(Options.RefusedGrace));
        else if (IsWitness(suspicion))
            suspicion.Look = new Look(NextSequence(), now, isLast: false);
        _suspicions.Add(suspicion);
        _deadlines.Hasten(Deadline.Suspicion, suspicion.Next);
    }

    /// <summary>Another says the same: the suspicion is shortened, and the new voice is passed on for the others to count.</summary>
    private void ConfirmSuspicion(Instant now, Member member, in Accusation accusation, IOutbox outbox)
    {
        if (_suspicions.Find(member) is not { } suspicion || !suspicion.Confirm(accusation.Testimony))
            return;
        if (accusation.Testimony.IsStrong)
            suspicion.Cap(now + _health.Stretch(Options.RefusedGrace));
        _deadlines.Hasten(Deadline.Suspicion, suspicion.Next);
        _table.Note(member);
        outbox.Publish(new ClusterEvent(ClusterEventKind.SuspicionConfirmed, now, member, member.Testimonies));
        Spread(now, new RumorSubject(RumorClass.Membership, member.Id), WriteAccusation(accusation));
    }

    private void StepSuspicions(Instant now, IOutbox outbox)
    {
        _deadlines[Deadline.Suspicion] = now; // Should the outbox throw, the others are due.
        foreach (var suspicion in _suspicions.Due(now))
        {
            if (suspicion.Look is { } look && look.Next <= now)
                StepLook(now, suspicion, look, outbox);
            else if (MayConclude(now, suspicion))
                Conclude(now, suspicion, outbox);
        }

        _deadlines[Deadline.Suspicion] = _suspicions.Earliest;
    }

    /// <summary>The time to refute is over. Short of confirmations, or against what it has heard itself, this node looks once more.</summary>
    private void Conclude(Instant now, Suspicion suspicion, IOutbox outbox)
    {
        var isCertain = suspicion.IsBeyondDoubt && !HasReasonToLook(now, suspicion);
        if (isCertain || !Options.LastLook || suspicion.Look is { IsLast: true })
            Condemn(now, suspicion.Member, outbox);
        else
            StepLook(now, suspicion, suspicion.Look = new Look(NextSequence(), now, isLast: true), outbox);
    }
}
