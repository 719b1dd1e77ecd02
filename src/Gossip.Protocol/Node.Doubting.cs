namespace Gossip.Protocol;

/// <summary>
/// A node doubts itself first (Lifeguard §IV, taken further): what it did not hear while it was asleep, or cut off, it holds against nobody.
/// After a sleep the probe under way is dropped, not failed, and suspects get back the time.
/// </summary>
public sealed partial class Node
{
    /// <summary>With fewer peers than this, hearing nobody is just what their death looks like.</summary>
    private const int Company = 3;

    private Instant _lastHeard;

    /// <summary>
    /// Whether nobody at all was heard for a round and one more. The round is as long as it is here: of a few survivors, all unwell, each
    /// hears the others that seldom.
    /// </summary>
    private bool IsCutOff(Instant now) =>
        now - _lastHeard > Options.ProbeInterval + _health.Stretch(Options.ProbeInterval) && Options.StallAwareness && _table.PeerCount >= Company;

    /// <summary>The loop comes much later than it wanted: a garbage collection, a stopped process, a suspended machine.</summary>
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

    /// <summary>Somebody of this cluster is heard. After a silence, suspects have two more rounds: their refutations are on the way.</summary>
    private void HearSomebody(Instant now)
    {
        if (IsCutOff(now))
        {
            Counters.CutOffs++;
            _suspicions.PutOff(now, 2 * Options.ProbeInterval);
            _deadlines[Deadline.Suspicion] = _suspicions.Earliest;
        }

        _lastHeard = now;
    }

    /// <summary>
    /// Whether a member that this node comes to know has just come. A node that comes itself hears of all at once, and those that started long
    /// before it are new to it alone. They say so by their own clocks: where one is wrong, one member is judged sooner or later than need be, once.
    /// </summary>
    private bool IsNewcomer(MemberProfile profile) =>
        profile.Incarnation.Value + (ulong)Newcomers.Patience.TotalMicroseconds > Options.Incarnation.Value;

    /// <summary>A member itself is heard. The question of a newcomer, whether it may come in, is out before it can answer any.</summary>
    private void HearMember(Instant now, Member member, bool isQuestion = false)
    {
        member.LastHeard = now;
        if (!isQuestion)
            _newcomers.Remove(member.Id);
    }

    /// <summary>Who is cut off concludes later: all the others seem dead to it. But a lone survivor must conclude in the end.</summary>
    private bool MayConclude(Instant now, Suspicion suspicion) =>
        !IsCutOff(now) || !suspicion.TryPutOff(now, Options.ProbeInterval);
}
