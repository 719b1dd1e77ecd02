namespace Gossip.Protocol;

/// <summary>
/// From suspicion to death, or not (SWIM §4.2, Lifeguard §IV-B). And the other half of the same fairness: a node that was itself asleep
/// accuses nobody for what it did not hear meanwhile.
/// </summary>
public sealed partial class Node
{
    private void StartSuspicion(Instant now, Member member, in Accusation accusation)
    {
        var shortest = Suspicions.Shortest(Options.SuspicionAlpha, _table.Peers.Count + 1, Options.ProbeInterval);
        var wanted = Math.Min(Options.SuspicionConfirmations, Math.Max(0, _table.Peers.Count - 1));
        var suspicion = new Suspicion(member, accusation.Accuser, now, shortest, shortest * Options.SuspicionBeta, wanted);
        if (IsStrong(accusation.Evidence))
            suspicion.Cap(now + _health.Stretch(Options.RefusedGrace));
        _suspicions.Add(suspicion);
        _deadlines[Deadline.Suspicion] = _suspicions.Earliest;
    }

    /// <summary>Something answered, and it was not the member: that is far more than silence.</summary>
    private static bool IsStrong(Evidence evidence) => evidence is Evidence.Refused or Evidence.Replaced;

    /// <summary>Another says the same: the suspicion is shortened, and the new voice is passed on for the others to count.</summary>
    private void ConfirmSuspicion(Instant now, Member member, in Accusation accusation)
    {
        if (_suspicions.Find(member) is not { } suspicion)
            return;
        var stronger = IsStrong(accusation.Evidence) && !IsStrong(member.Evidence);
        if (stronger)
        {
            member.Evidence = accusation.Evidence;
            suspicion.Cap(now + _health.Stretch(Options.RefusedGrace));
        }

        if (!suspicion.Confirm(accusation.Accuser) && !stronger)
            return;
        Spread(now, new RumorSubject(RumorClass.Membership, member.Id), WriteAccusation(accusation));
        _deadlines[Deadline.Suspicion] = _suspicions.Earliest;
    }

    private void ExpireSuspicions(Instant now, IOutbox outbox)
    {
        while (_suspicions.TryTakeExpired(now, out var expired))
        {
            if (expired.Member.State == MemberState.Suspect)
                Accuse(now, expired.Member, MemberState.Dead, expired.Member.Evidence, outbox);
        }

        _deadlines[Deadline.Suspicion] = _suspicions.Earliest;
    }

    /// <summary>
    /// When the loop comes much later than it wanted (a garbage collection, a stopped process, a suspended machine), the silence it finds is
    /// its own. The probe under way is dropped, not failed; suspects get back the time that was slept through.
    /// </summary>
    private void DropStaleDeadlines(Instant now)
    {
        var due = _deadlines.EarliestOfAll;
        if (!Options.StallAwareness || due == Instant.Never || now - due < Options.ProbeWindow / 2)
            return;
        Counters.Stalls++;
        _health.Worsen();
        _rounds.Lose();
        _probe = null;
        _deadlines[Deadline.ProbeStep] = Instant.Never;
        _suspicions.Postpone(now - due);
        _deadlines[Deadline.Suspicion] = _suspicions.Earliest;
        _deadlines[Deadline.ProbeRound] = now + _randomness.Between(TimeSpan.Zero, Options.ProbeInterval);
    }
}
