namespace Gossip.Protocol;

/// <summary>
/// Coming in, coming back, and going: seeds are tried for ever, the dead are tried again, a goodbye is told, names are compared.
/// </summary>
public sealed partial class Node
{
    private static readonly TimeSpan ReapInterval = TimeSpan.FromSeconds(5);

    /// <summary>Whether the node has the state of the cluster, from another that it asked or that asked it.</summary>
    public bool IsSynchronized => _antiEntropy.IsSynchronized;

    /// <summary>Whether the goodbye has been told often enough: the host may close the sockets.</summary>
    public bool HasLeft => _self.State == MemberState.Left
        && (_table.PeerCount == 0 || !_gossiper.Contains(new RumorSubject(RumorClass.Membership, _self.Id)));

    /// <summary>
    /// Tries a seed: asks whoever listens there to let this node in. Does nothing when a live member is known to be there, so it may be
    /// called again and again.
    /// </summary>
    public void Join(Instant now, PeerAddress seed, IOutbox outbox)
    {
        if (_self.State == MemberState.Left || seed == _self.Address || _table.FindLiveAt(seed) is not null || _aliases.IsKnown(now, seed))
            return;
        _prober.Ask(new Caller(now, outbox), seed, isNewcomer: !IsSynchronized);
    }

    /// <summary>Says goodbye; <see cref="HasLeft"/> tells when it was told often enough.</summary>
    public void Leave(Instant now, IOutbox outbox)
    {
        if (_self.State == MemberState.Left)
            return;
        var caller = new Caller(now, outbox);
        _probe = null;
        _deadlines[Deadline.ProbeRound] = Instant.Never;
        _deadlines[Deadline.ProbeStep] = Instant.Never;
        StopProving();
        var goodbye = _memberships.Leave(caller);
        foreach (var seed in _prober.Asked(now))
            TellGoodbye(goodbye, seed, outbox);
        if (_table.PeerCount == 0)
        {
            foreach (var seed in _aliases.Seeds)
                TellGoodbye(goodbye, seed, outbox);
        }

        StepGossip(caller);
    }

    /// <summary>A seed that was just asked, or has just answered, may know this node already, though this node does not know it yet.</summary>
    private void TellGoodbye(byte[] goodbye, PeerAddress seed, IOutbox outbox)
    {
        var writer = _sender.BeginDatagram();
        writer.TryMessage(goodbye);
        _sender.Send(writer, seed, Delivery.Datagram, outbox);
    }

    private void ReceiveJoinAck(in Caller caller, in Ack ack)
    {
        if (!_prober.TryTakeAnswered(ack, caller.Now, out var seed, out var asked))
            return;
        var isSecondAnswer = _aliases.Remember(caller.Now, seed, ack.ResponderTag);
        if (ack.ResponderTag == _self.Id.Tag)
            return;
        _observed.Note(ack);
        var isExpected = asked?.Id.Tag == ack.ResponderTag;
        if (isExpected)
            _reachability.NoteReached(caller, asked!);
        if (asked is { IsLive: true })
        {
            if (isExpected)
                _names.Report(caller, asked);
            return;
        }

        // The state comes by stream; when it did not come after the last answer, streams may be blocked here, and datagrams have to do.
        var isUnknown = _table.FindLiveByTag(ack.ResponderTag) is null;
        if (isUnknown && isSecondAnswer)
            _antiEntropy.Reconcile(caller, seed, Delivery.Datagram);
        else if (isUnknown || !IsSynchronized)
            _antiEntropy.SendDigest(0, 0, seed, Delivery.Stream, caller.Outbox);
        if (_gossiper.HasFresh && _table.PeerCount == 0)
            _deadlines.Hasten(Deadline.Gossip, caller.Now);
    }

    private void StepGossip(in Caller caller)
    {
        TellWhoAnswered(caller);
        _gossiper.Step(caller);
    }

    /// <summary>
    /// What a newcomer says of itself does not wait until it knows the members: who answered it knows them already. Those rumours go on to the
    /// others as well, when the newcomer knows them.
    /// </summary>
    private void TellWhoAnswered(in Caller caller)
    {
        if (_table.PeerCount == 0 && _gossiper.HasFresh && _aliases.LastAnswer(caller.Now) is { } seed)
            _gossiper.SendRumors(seed, caller.Outbox);
    }

    /// <summary>A dead member may be on the other side of a split, so one of them is tried now and then.</summary>
    private void ReviveOne(in Caller caller)
    {
        _deadlines[Deadline.Revive] = caller.Now + _randomness.Between(Options.ReviveInterval / 2, Options.ReviveInterval * 1.5);
        if (!_table.HasGone)
            return;
        Member? chosen = null;
        var seen = 0;
        foreach (var member in _table.All)
        {
            if (member.State != MemberState.Dead || _table.FindLiveAt(member.Address) is not null)
                continue;
            if (_randomness.Below(++seen) == 0)
                chosen = member;
        }

        if (chosen is not null && _self.State != MemberState.Left)
            _prober.Ask(caller, chosen.Address, chosen);
    }

    private void Reap(in Caller caller)
    {
        _deadlines[Deadline.Reap] = caller.Now + ReapInterval;
        _sender.LetGoOfLargeBuffers();
        _loads.Forget();
        _newcomers.Forget(caller.Now);
        _names.AskAgain(caller);
        if (!_table.HasGone)
            return;
        HashSet<string>? names = null;
        for (var i = _table.All.Count - 1; i >= 0; i--)
        {
            var member = _table.All[i];
            if (member.IsLive || member == _self || caller.Now - member.Since < MemoryOf(caller.Now, member, ref names))
                continue;
            _names.Forget(member);
            _table.Remove(member);
            caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.MemberForgotten, caller.Now, member));
        }
    }

    /// <summary>
    /// The dead are remembered for long, because they may be on the other side of a split. Not so those of whom it is known that they do not
    /// come back: who said goodbye, and whose address or name a living one has.
    /// </summary>
    private TimeSpan MemoryOf(Instant now, Member member, ref HashSet<string>? names)
    {
        if (member.State == MemberState.Left || member.Gravest.Evidence == Evidence.Replaced)
            return Options.ForgetLeftAfter;
        if (now - member.Since < Options.ForgetLeftAfter)
            return Options.ForgetDeadAfter; // Too early for its name to matter.
        names ??= [.. _table.Peers.ToArray().Select(peer => peer.Name)];
        return names.Contains(member.Name) ? Options.ForgetLeftAfter : Options.ForgetDeadAfter;
    }
}
