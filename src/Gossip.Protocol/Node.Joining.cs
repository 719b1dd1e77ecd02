namespace Gossip.Protocol;

/// <summary>
/// Coming in, coming back, and going: seeds are tried for ever, the dead are tried again, a goodbye is told, names are compared.
/// </summary>
public sealed partial class Node
{
    private static readonly TimeSpan ReapInterval = TimeSpan.FromSeconds(5);

    /// <summary>How long the state of the cluster may take after an answer, before the one who answered is asked again.</summary>
    private static readonly TimeSpan StatePatience = TimeSpan.FromMilliseconds(500);

    private readonly List<SeedAlias> _aliases = [];
    private readonly HashSet<MemberId> _twins = [];
    private readonly List<Member> _namesakes = [];

    /// <summary>Whether the node has the state of the cluster, from another that it asked or that asked it.</summary>
    public bool IsSynchronized { get; private set; }

    /// <summary>Whether the goodbye has been told often enough: the host may close the sockets.</summary>
    public bool HasLeft => _self.State == MemberState.Left
        && (_table.PeerCount == 0 || !_rumors.Contains(new RumorSubject(RumorClass.Membership, _self.Id)));

    /// <summary>
    /// Tries a seed: asks whoever listens there to let this node in. Does nothing when a live member is known to be there, so it may be
    /// called again and again.
    /// </summary>
    public void Join(Instant now, PeerAddress seed, IOutbox outbox)
    {
        if (_self.State == MemberState.Left || seed == _self.Address || _table.FindLiveAt(seed) is not null || IsKnownAlias(now, seed))
            return;
        Ask(now, seed, null, outbox);
    }

    /// <summary>Says goodbye; <see cref="HasLeft"/> tells when it was told often enough.</summary>
    public void Leave(Instant now, IOutbox outbox)
    {
        if (_self.State == MemberState.Left)
            return;
        var claim = new Claim(_self.Claim.Incarnation, MemberState.Left);
        _table.Update(_self, claim, now);
        _probe = null;
        _deadlines[Deadline.ProbeRound] = Instant.Never;
        _deadlines[Deadline.ProbeStep] = Instant.Never;
        StopProving();
        var goodbye = WriteAccusation(new Accusation(_self.Id, claim, default));
        Spread(now, new RumorSubject(RumorClass.Membership, _self.Id), goodbye);
        foreach (var join in _joins.Where(join => now - join.At <= JoinPatience))
            TellGoodbye(goodbye, join.Seed, outbox);
        if (_table.PeerCount == 0)
        {
            foreach (var alias in _aliases)
                TellGoodbye(goodbye, alias.Seed, outbox);
        }

        SpreadRumors(now, outbox);
    }

    /// <summary>A seed that was just asked, or has just answered, may know this node already, though this node does not know it yet.</summary>
    private void TellGoodbye(byte[] goodbye, PeerAddress seed, IOutbox outbox)
    {
        var writer = BeginDatagram();
        writer.TryMessage(goodbye);
        Send(writer, seed, Delivery.Datagram, outbox);
    }

    private void ReceiveJoinAck(in Caller caller, in Ack ack)
    {
        var (sequence, tag, now) = (ack.Sequence, ack.ResponderTag, caller.Now);
        var index = _joins.FindIndex(join => join.Sequence == sequence);
        if (index < 0 || now - _joins[index].At > JoinPatience)
            return;
        var asked = _joins[index];
        _joins.RemoveAt(index);
        var isSecondAnswer = _aliases.Exists(alias => alias.Seed == asked.Seed && alias.Tag == tag);
        RememberAlias(now, asked.Seed, tag);
        if (ack.ResponderTag == _self.Id.Tag)
            return;
        NoteAppearance(ack);
        if (asked.Expected is { } expected && expected.Id.Tag == tag)
            NoteReached(now, expected, caller.Outbox);
        if (asked.Expected is { IsLive: true } twin)
        {
            if (twin.Id.Tag == ack.ResponderTag && twin.Name == _self.Name && _twins.Count < Limits.Twins && _twins.Add(twin.Id))
                caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.NameConflict, now, twin));
            return;
        }

        // The state comes by stream; when it did not come after the last answer, streams may be blocked here, and datagrams have to do.
        var isUnknown = _table.FindLiveByTag(ack.ResponderTag) is null;
        if (isUnknown && isSecondAnswer)
            Reconcile(now, asked.Seed, Delivery.Datagram, caller.Outbox);
        else if (isUnknown || !IsSynchronized)
            SendDigest(0, 0, asked.Seed, Delivery.Stream, caller.Outbox);
        if (_rumors.HasFresh && _table.PeerCount == 0)
            _deadlines.Hasten(Deadline.Gossip, now);
    }

    /// <summary>
    /// What a newcomer says of itself does not wait until it knows the members: who answered it knows them already. Those rumours go on to the
    /// others as well, when the newcomer knows them.
    /// </summary>
    private void TellWhoAnswered(Instant now, IOutbox outbox)
    {
        if (!_rumors.HasFresh || _aliases is not [.., { } last] || last.Tag == _self.Id.Tag || now - last.At >= StatePatience)
            return;
        var writer = BeginDatagram();
        _rumors.Fill(ref writer, DatagramRoom, 1, TransmitLimit);
        Send(writer, last.Seed, Delivery.Datagram, outbox);
    }

    /// <summary>
    /// Another member has this node's name. A restart elsewhere looks the same until the old process is known to be gone, so the other is
    /// asked, again and again: only one that answers is in conflict. Both sides do this, and both report, once.
    /// </summary>
    private void CheckName(Instant now, Member member, IOutbox outbox)
    {
        if (member.Name != _self.Name || _twins.Contains(member.Id))
            return;
        if (_namesakes.Count < Limits.Twins && !_namesakes.Contains(member))
            _namesakes.Add(member);
        AskNamesake(now, member, outbox);
    }

    private void AskNamesake(Instant now, Member member, IOutbox outbox)
    {
        Ask(now, member.Address, member, outbox);
        _order.Promote(member.Id);
    }

    /// <summary>A dead member may be on the other side of a split, so one of them is tried now and then.</summary>
    private void ReviveOne(Instant now, IOutbox outbox)
    {
        _deadlines[Deadline.Revive] = now + _randomness.Between(Options.ReviveInterval / 2, Options.ReviveInterval * 1.5);
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
            Ask(now, chosen.Address, chosen, outbox);
    }

    private void Reap(Instant now, IOutbox outbox)
    {
        _deadlines[Deadline.Reap] = now + ReapInterval;
        LetGoOfLargeBuffers();
        _loads.Forget();
        _newcomers.Forget(now);
        _namesakes.RemoveAll(member => !member.IsLive || member.Name != _self.Name || _twins.Contains(member.Id));
        foreach (var member in _namesakes)
            AskNamesake(now, member, outbox);
        if (!_table.HasGone)
            return;
        HashSet<string>? names = null;
        for (var i = _table.All.Count - 1; i >= 0; i--)
        {
            var member = _table.All[i];
            if (member.IsLive || member == _self || now - member.Since < MemoryOf(now, member, ref names))
                continue;
            _twins.Remove(member.Id);
            _table.Remove(member);
            outbox.Publish(new ClusterEvent(ClusterEventKind.MemberForgotten, now, member));
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

    /// <summary>
    /// A seed's address need not be the one that its holder advertises (the loopback address of a LAN node, a load balancer's). Who
    /// answered there is remembered, so that the seed is not asked again while that member lives.
    /// </summary>
    private void RememberAlias(Instant now, PeerAddress seed, uint tag)
    {
        _aliases.RemoveAll(alias => alias.Seed == seed);
        if (_aliases.Count >= Limits.SeedAliases)
            _aliases.RemoveAt(0);
        _aliases.Add(new SeedAlias(seed, tag, now));
    }

    private bool IsKnownAlias(Instant now, PeerAddress seed)
    {
        var index = _aliases.FindIndex(alias => alias.Seed == seed);
        if (index < 0)
            return false;
        var alias = _aliases[index];
        return alias.Tag == _self.Id.Tag || now - alias.At < StatePatience || _table.FindLiveByTag(alias.Tag) is not null;
    }

    private void MarkSynchronized(Instant now, IOutbox outbox)
    {
        if (IsSynchronized)
            return;
        IsSynchronized = true;
        IntroduceItself(now);
        CompareSoon(now);
        outbox.Publish(new ClusterEvent(ClusterEventKind.Synchronized, now, _self));
    }

    /// <summary>
    /// What the node said before it knew the members has reached few of them. Its profile goes along, since its records are of no use to one
    /// that the seed's rumour has not reached yet.
    /// </summary>
    private void IntroduceItself(Instant now)
    {
        if (_self.State == MemberState.Left)
            return;
        Spread(now + Options.GossipCoalesce, new RumorSubject(RumorClass.Membership, _self.Id), _self.Profile.Encoded);
        foreach (var stored in _self.StoredRecords)
            SpreadOwn(now, stored);
    }

    private readonly record struct SeedAlias(PeerAddress Seed, uint Tag, Instant At);
}
