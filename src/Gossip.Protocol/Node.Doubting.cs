namespace Gossip.Protocol;

/// <summary>
/// A node doubts itself first (Lifeguard §IV, taken further): what it did not hear while it was asleep, or cut off, it holds against nobody.
/// After a sleep the probe under way is dropped, not failed, and suspects get back the time.
/// </summary>
public sealed partial class Node
{
    /// <summary>The loop comes too late: the probe under way is dropped, not failed, and suspects get back the time.</summary>
    private void DropStaleDeadlines(Instant now, TimeSpan late)
    {
        _rounds.Lose();
        _probe = null;
        _deadlines[Deadline.ProbeStep] = Instant.Never;
        _suspicions.Postpone(late);
        _deadlines[Deadline.ProbeRound] = now + _randomness.Between(TimeSpan.Zero, Options.ProbeInterval);
    }

    /// <summary>Who is cut off concludes later: all the others seem dead to it. But a lone survivor must conclude in the end.</summary>
    private bool MayConclude(Instant now, Suspicion suspicion) =>
        !_stalls.IsCutOff(now) || !suspicion.TryPutOff(now, Options.ProbeInterval);
}
