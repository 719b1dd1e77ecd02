namespace Gossip.Protocol;

/// <summary>From suspicion to death, or not (SWIM §4.2, Lifeguard §IV-B).</summary>
public sealed partial class Node
{
    private void StepSuspicions(in Caller caller)
    {
        _deadlines[Deadline.Suspicion] = caller.Now; // Should the outbox throw, the others are due.
        foreach (var suspicion in _suspicions.Due(caller.Now))
        {
            if (suspicion.Look is { } look && look.Next <= caller.Now)
                StepLook(caller, suspicion, look);
            else if (MayConclude(caller.Now, suspicion))
                Conclude(caller, suspicion);
        }

        _deadlines[Deadline.Suspicion] = _suspicions.Earliest;
    }

    /// <summary>The time to refute is over. Short of confirmations, or against what it has heard itself, this node looks once more.</summary>
    private void Conclude(in Caller caller, Suspicion suspicion)
    {
        var isCertain = suspicion.IsBeyondDoubt && !HasReasonToLook(caller.Now, suspicion);
        if (isCertain || !Options.LastLook || suspicion.Look is { IsLast: true })
            _memberships.Condemn(caller, suspicion.Member);
        else
            StepLook(caller, suspicion, suspicion.Look = new Look(_sender.NextSequence(), caller.Now, isLast: true));
    }
}
