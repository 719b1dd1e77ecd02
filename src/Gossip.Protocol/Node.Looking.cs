namespace Gossip.Protocol;

/// <summary>
/// Looking for oneself (not in the papers). A suspicion is one member's word, and that member may be the one in trouble. So a few others,
/// on whom all agree without asking, ping the suspect at once: what they find confirms the suspicion within a second instead of within
/// rounds, and the suspect, which every one of these pings tells of it, has many chances to refute. And who would hold a member dead without
/// enough confirmations looks first: a node that was cut off has suspicions that nobody shares.
/// </summary>
public sealed partial class Node
{
    /// <summary>The witnesses are those who follow, in the order of ids, on a place that is drawn from the claim.</summary>
    private bool IsWitness(Suspicion suspicion)
    {
        if (Options.Witnesses == 0 || !_self.IsLive || suspicion.IsAccuser(_self.Id))
            return false;
        var live = (uint)_table.Live.Count;
        var first = StableHash.Mix(suspicion.Member.Id.Value, suspicion.Member.Claim.Incarnation.Value) % live;
        return ((uint)_table.OwnPlace + live - first) % live < (uint)Options.Witnesses;
    }

    private void StepLook(Instant now, Suspicion suspicion, Look look, IOutbox outbox)
    {
        if (look.TryAgain(now, _health.Stretch(Options.ProbeTimeout), out var delivery))
        {
            var writer = BeginDatagram();
            writer.TryPing(new Ping(look.Sequence, _self.Id, suspicion.Member.Id.Tag, _table.Digest));
            TellSuspect(ref writer, suspicion.Member);
            if (delivery == Delivery.Datagram)
                SendWithRumors(ref writer, suspicion.Member.Address, outbox);
            else
                Send(writer, suspicion.Member.Address, delivery, outbox);
        }
        else if (look.IsLast)
        {
            Conclude(now, suspicion, outbox);
        }
        else
        {
            suspicion.Look = null;
            Accuse(now, suspicion.Member, MemberState.Suspect, Evidence.Silence, outbox);
        }
    }

    /// <summary>
    /// The suspect answers. It refutes, as it was told, or has refuted already, and then the comparison brings what was missed here; until
    /// then the suspicion begins anew for one who was about to conclude.
    /// </summary>
    private bool TryReceiveLookAck(in Caller caller, in Ack ack)
    {
        if (_suspicions.FindLook(ack) is not { Look: { } look } suspicion)
            return false;
        suspicion.Look = null;
        suspicion.Member.LastHeard = caller.Now;
        NoteReached(caller.Now, suspicion.Member, caller.Outbox);
        if (look.IsLast)
            suspicion.Restart(caller.Now);
        _deadlines.Hasten(Deadline.Suspicion, suspicion.Next);
        CompareDigest(caller.Now, suspicion.Member, ack.Digest, caller.Delivery == Delivery.Datagram, caller.Outbox);
        return true;
    }
}
