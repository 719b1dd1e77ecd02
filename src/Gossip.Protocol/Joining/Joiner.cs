namespace Gossip.Protocol;

/// <summary>Coming in and coming back: seeds are tried for ever, and so are the dead.</summary>
internal sealed class Joiner(
    Kernel kernel, SeedProber prober, SeedAliases aliases, NameConflicts names, ObservedAddresses observed,
    Reachability reachability, AntiEntropy antiEntropy)
{
    public IEnumerable<NodeSize> Sizes => [prober.Size, aliases.Size];

    /// <summary>The seeds at which a live member answered that advertises another address, and the member.</summary>
    public IEnumerable<KeyValuePair<PeerAddress, Member>> AnsweredElsewhere => aliases.AnsweredElsewhere;

    /// <summary>Asks whoever listens at a seed to let this node in, unless a live member is known to be there.</summary>
    public void Join(in Caller caller, PeerAddress seed)
    {
        if (kernel.Self.State == MemberState.Left || seed == kernel.Self.Address)
            return;
        if (kernel.Table.FindLiveAt(seed) is not null || aliases.IsKnown(caller.Now, seed))
            return;
        prober.Ask(caller, seed, isNewcomer: !antiEntropy.IsSynchronized);
    }

    /// <summary>Asks again who has not answered.</summary>
    public void AskAgain(in Caller caller) => prober.AskAgain(caller, isNewcomer: !antiEntropy.IsSynchronized);

    /// <summary>
    /// A seed that was just asked, or has just answered, may know this node already, though this node does not know it yet.
    /// </summary>
    public void TellGoodbye(in Caller caller, byte[] goodbye)
    {
        foreach (var seed in prober.Asked(caller.Now))
            TellGoodbye(goodbye, seed, caller);
        if (kernel.Table.PeerCount > 0)
            return;
        foreach (var seed in aliases.Seeds)
            TellGoodbye(goodbye, seed, caller);
    }

    /// <summary>Takes an ack to a question; false for any other.</summary>
    public bool TryReceiveAck(in Caller caller, in Ack ack)
    {
        if (!prober.TryTakeAnswered(ack, caller.Now, out var seed, out var asked))
            return false;
        var isSecondAnswer = aliases.Remember(caller.Now, seed, ack.ResponderTag);
        if (ack.ResponderTag != kernel.Self.Id.Tag)
            HearAnswer(caller, ack, seed, asked, isSecondAnswer);
        return true;
    }

    private void HearAnswer(in Caller caller, in Ack ack, PeerAddress seed, Member? asked, bool isSecondAnswer)
    {
        observed.Note(ack);
        var isExpected = asked?.Id.Tag == ack.ResponderTag;
        if (isExpected)
            reachability.NoteReached(caller, asked!);
        if (asked is { IsLive: true })
        {
            if (isExpected)
                names.Report(caller, asked);
            return;
        }

        // The state comes by stream; when it did not come after the last answer, streams may be blocked here, and datagrams have to do.
        var isUnknown = kernel.Table.FindLiveByTag(ack.ResponderTag) is null;
        if (isUnknown && isSecondAnswer)
            antiEntropy.Reconcile(caller, seed, Delivery.Datagram);
        else if (isUnknown || !antiEntropy.IsSynchronized)
            antiEntropy.SendDigest(0, 0, seed, Delivery.Stream, caller);
    }

    /// <summary>A dead member may be on the other side of a split, so one of them is tried now and then.</summary>
    public void ReviveOne(in Caller caller)
    {
        var interval = kernel.Options.ReviveInterval;
        kernel.Deadlines[Deadline.Revive] = caller.Now + kernel.Randomness.Between(interval / 2, interval * 1.5);
        if (!kernel.Table.HasGone)
            return;
        Member? chosen = null;
        var seen = 0;
        foreach (var member in kernel.Table.All)
        {
            if (member.State != MemberState.Dead || kernel.Table.FindLiveAt(member.Address) is not null)
                continue;
            if (kernel.Randomness.Below(++seen) == 0)
                chosen = member;
        }

        if (chosen is not null && kernel.Self.State != MemberState.Left)
            prober.Ask(caller, chosen.Address, chosen);
    }

    private void TellGoodbye(byte[] goodbye, PeerAddress seed, in Caller caller)
    {
        var writer = kernel.Sender.BeginDatagram();
        writer.TryMessage(goodbye);
        kernel.Sender.Send(writer, seed, Delivery.Datagram, caller);
    }
}
