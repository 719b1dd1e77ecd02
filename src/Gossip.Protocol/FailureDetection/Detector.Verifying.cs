namespace Gossip.Protocol;

/// <summary>
/// Looking for oneself (not in the papers). A suspicion is one member's word, and that member may be the one in trouble. So a few others,
/// on whom all agree without asking, ping the suspect at once: what they find confirms the suspicion within a second instead of within
/// rounds, and the suspect, which every one of these pings tells of it, has many chances to refute. And who would hold a member dead
/// without enough confirmations looks first: a node that was cut off has suspicions that nobody shares. So does who hears the member
/// itself, whatever the others say.
/// </summary>
internal sealed partial class Detector
{
    /// <summary>
    /// Each member is probed within two rounds of another, so within as many those of one host are accused when its way out dies.
    /// </summary>
    private const int AccusedTogether = 2;

    /// <summary>
    /// Whether this node has heard the suspect itself since somebody accused it or, where that was of silence, within its last round; or
    /// was accused itself when the suspect was. Then however many voices there are may tell of the way between them and here: a host whose
    /// way out is dead has processes that hear each other, and everything that the cluster says of them.
    /// </summary>
    private bool HasReasonToLook(Instant now, Suspicion suspicion)
    {
        var heard = suspicion.Member.LastHeard == Instant.Never ? (Instant?)null : suspicion.Member.LastHeard;
        if (heard > suspicion.Start || suspicion.Member.Gravest.IsStrong)
            return heard > suspicion.Start;
        return now - heard < kernel.Health.Stretch(kernel.Options.ProbeInterval)
            || memberships.Refuted + (AccusedTogether * kernel.Options.ProbeInterval) >= suspicion.Start;
    }

    private void StepVerification(in Caller caller, Suspicion suspicion, Verification look)
    {
        if (look.TryAgain(caller.Now, kernel.Health.Stretch(kernel.Options.ProbeTimeout), out var delivery))
        {
            var writer = kernel.BeginPing(caller.Now, look.Sequence, suspicion.Member);
            if (delivery == Delivery.Datagram)
                gossiper.SendWithRumors(ref writer, suspicion.Member.Address, caller);
            else
                kernel.Sender.SendAgain(writer, suspicion.Member, delivery, look.Sequence, caller);
        }
        else if (look.IsLast)
        {
            Conclude(caller, suspicion);
        }
        else
        {
            suspicion.Verification = null;
            memberships.Accuse(caller, suspicion.Member, MemberState.Suspect, Evidence.Silence);
        }
    }

    /// <summary>
    /// The suspect answers. It refutes, as it was told, or has refuted already, and then the comparison brings what was missed here; until
    /// then the suspicion begins anew for one who was about to conclude.
    /// </summary>
    public bool TryReceiveVerificationAck(in Caller caller, in Ack ack)
    {
        if (suspicions.FindVerification(ack) is not { Verification: { } look } suspicion
            || !kernel.Sender.Tokens.IsOwn(ack, suspicion.Member.Address, caller.Now))
            return false;
        suspicion.Verification = null;
        kernel.Sender.NoteAnswer(suspicion.Member, caller);
        newcomers.Hear(caller.Now, suspicion.Member);
        reachability.NoteReached(caller, suspicion.Member);
        if (look.IsLast)
            suspicion.Restart(caller.Now);
        suspicions.Hasten(suspicion);
        antiEntropy.Compare(caller, suspicion.Member, ack.Digest, caller.Delivery == Delivery.Datagram);
        return true;
    }
}
