namespace Gossip.Protocol;

/// <summary>From suspicion to death, or not (SWIM §4.2, Lifeguard §IV-B).</summary>
internal sealed partial class Detector
{
    public void StepSuspicions(in Caller caller)
    {
        kernel.Deadlines[Deadline.Suspicion] = caller.Now; // Should the outbox throw, the others are due.
        foreach (var suspicion in suspicions.Due(caller.Now))
        {
            if (suspicion.Verification is { } look && look.Next <= caller.Now)
                StepVerification(caller, suspicion, look);
            else if (MayConclude(caller.Now, suspicion))
                Conclude(caller, suspicion);
        }

        kernel.Deadlines[Deadline.Suspicion] = suspicions.Earliest;
    }

    /// <summary>
    /// The time to refute is over. Short of confirmations, or against what it has heard itself, this node looks once more.
    /// </summary>
    private void Conclude(in Caller caller, Suspicion suspicion)
    {
        var isCertain = suspicion.IsBeyondDoubt && !HasReasonToLook(caller.Now, suspicion);
        if (isCertain || !kernel.Options.VerifyVerdicts || suspicion.Verification is { IsLast: true })
            memberships.DeclareDead(caller, suspicion.Member);
        else
            StepVerification(caller, suspicion,
                suspicion.Verification = new Verification(kernel.Sender.NextSequence(), caller.Now, isLast: true));
    }

    /// <summary>Who is cut off concludes later: all the others seem dead to it. But a lone survivor must conclude in the end.</summary>
    private bool MayConclude(Instant now, Suspicion suspicion) =>
        !stalls.IsCutOff(now) || !suspicion.TryPutOff(now, kernel.Options.ProbeInterval);

    /// <summary>After a silence, suspects have two more rounds: their refutations are on the way.</summary>
    public void PutOffVerdicts(Instant now) => suspicions.PutOff(now, 2 * kernel.Options.ProbeInterval);
}
