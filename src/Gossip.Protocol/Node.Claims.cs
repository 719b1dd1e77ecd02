namespace Gossip.Protocol;

/// <summary>
/// What is said of members, and what follows from it: one order decides (<see cref="Claim"/>), a change is told to the host and passed on,
/// and this node answers for itself.
/// </summary>
public sealed partial class Node
{
    private Instant _lastChange;

    /// <summary>A member speaks of itself, directly or by rumour. Always true: the grammar was kept.</summary>
    private bool HearAlive(in Caller caller, in Alive heard)
    {
        if (heard.Id == _self.Id)
        {
            if (heard.Incarnation > _self.Claim.Incarnation)
                RaiseAbove(caller, heard.Incarnation, _self.Address);
            return true;
        }

        var member = _table.Find(heard.Id);
        var claim = new Claim(heard.Incarnation, MemberState.Alive);
        if (member is not null && claim <= member.Claim)
        {
            if (claim == member.Claim)
                _gossiper.Hear(new RumorSubject(RumorClass.Membership, member.Id));
            return true;
        }
        var profile = heard.ToProfile(_texts);
        if (profile.Address == _self.Address)
            SettleOwnAddress(caller, profile);
        else
            TakeIn(caller, member, profile, claim);
        return true;
    }

    private void TakeIn(in Caller caller, Member? member, MemberProfile profile, Claim claim)
    {
        var holder = _table.FindLiveAt(profile.Address);
        if (holder is not null && holder != member && IsSuccessor(holder.Profile, profile))
            return;
        if (member is not null)
            Renew(caller, member, profile, claim);
        else if (!TryWelcome(caller, profile, claim))
            return;
        if (holder is not null && holder.Id != profile.Id)
            Accuse(caller, holder, MemberState.Dead, Evidence.Replaced);
    }

    /// <summary>
    /// Of two ids at one address the one that started later holds it: the other is the past of a restarted process. Ids settle a tie, so that
    /// all decide alike.
    /// </summary>
    private static bool IsSuccessor(MemberProfile one, MemberProfile other) =>
        one.Incarnation > other.Incarnation || (one.Incarnation == other.Incarnation && one.Id.Value > other.Id.Value);

    private bool TryWelcome(in Caller caller, MemberProfile profile, Claim claim)
    {
        var member = new Member(profile, claim, caller.Now);
        if (!_table.TryAdd(member, out var evicted))
        {
            Counters.Drop(DropReason.LimitReached);
            return false;
        }

        if (evicted is not null)
        {
            _names.Forget(evicted);
            caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.MemberForgotten, caller.Now, evicted));
        }

        _order.Add(member.Id);
        if (IsNewcomer(profile))
            _newcomers.Add(member.Id, caller.Now);
        _lastChange = caller.Now;
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.MemberJoined, caller.Now, member));
        _gossiper.SpreadJoin(caller, profile);
        CompareSoon(caller.Now);
        _names.Check(caller, member);
        return true;
    }

    private void Renew(in Caller caller, Member member, MemberProfile profile, Claim claim)
    {
        var (was, before) = (member.State, member.Profile);
        _table.Update(member, claim, caller.Now, profile);
        _suspicions.Remove(member);
        _newcomers.Remove(member.Id);
        _lastChange = caller.Now;
        var refuted = member.Testimonies;
        member.Acquit();
        if (was >= MemberState.Dead)
            _order.Add(member.Id);
        var hasMoved = before.Address != profile.Address;
        if (hasMoved)
            _aliases.Forget(member);
        if (was != MemberState.Alive)
            _reachability.NoteRefutation(caller.Now, member);
        if (hasMoved && member.Doubt is { } doubt)
            doubt.NextProbe = caller.Now; // It may be in reach there.
        var changed = hasMoved || before.Name != profile.Name || before.Zone != profile.Zone;
        ClusterEventKind? kind = was switch
        {
            MemberState.Alive => changed ? ClusterEventKind.MemberUpdated : null,
            MemberState.Suspect => ClusterEventKind.MemberRefuted,
            _ => ClusterEventKind.MemberJoined,
        };
        if (kind is { } happened)
            caller.Outbox.Publish(new ClusterEvent(happened, caller.Now, member, refuted));
        if (was >= MemberState.Dead)
            PublishServices(caller, member);
        _gossiper.Spread(caller, new RumorSubject(RumorClass.Membership, member.Id), profile.Encoded);
        _names.Check(caller, member);
    }

    /// <summary>Something is said against a member. Always true: the grammar was kept.</summary>
    private bool HearAccusation(in Caller caller, in Accusation heard)
    {
        var accusation = Temper(heard);
        if (accusation.Member == _self.Id)
        {
            Refute(caller, accusation);
            return true;
        }

        // An accusation of an incarnation that is not known yet waits for the digest, which brings the profile along.
        if (_table.Find(accusation.Member) is not { } member || accusation.Claim.Incarnation > member.Profile.Incarnation)
            return true;
        if (accusation.Claim == member.Claim && member.State == MemberState.Suspect)
            _suspicions.Confirm(caller, member, accusation);
        else if (accusation.Claim > member.Claim)
            Take(caller, member, accusation);
        return true;
    }

    /// <summary>This node's own word against a member, at the incarnation that it knows.</summary>
    private void Accuse(in Caller caller, Member member, MemberState state, Evidence evidence)
    {
        var testimony = new Testimony(_self.Id, evidence, (byte)_health.Score, member.RoundTrip);
        HearAccusation(caller, new Accusation(member.Id, new Claim(member.Claim.Incarnation, state), testimony));
    }

    private void Take(in Caller caller, Member member, in Accusation accusation)
    {
        var wasLive = member.IsLive;
        if (accusation.Claim.State == MemberState.Left)
            member.Acquit();
        if (accusation.Claim.State != MemberState.Left && !member.Testimonies.Contains(accusation.Testimony))
            member.Testify(accusation.Testimony);
        _table.Update(member, accusation.Claim, caller.Now);
        _lastChange = caller.Now;
        var kind = accusation.Claim.State switch
        {
            MemberState.Suspect => ClusterEventKind.MemberSuspected,
            MemberState.Dead => ClusterEventKind.MemberDied,
            _ => ClusterEventKind.MemberLeft,
        };
        if (member.State == MemberState.Suspect)
        {
            _suspicions.Start(caller.Now, member);
        }
        else
        {
            _suspicions.Remove(member);
            _order.Remove(member.Id);
        }

        caller.Outbox.Publish(new ClusterEvent(kind, caller.Now, member, member.Testimonies));
        if (wasLive && !member.IsLive)
            PublishServices(caller, member);
        _gossiper.Spread(caller, new RumorSubject(RumorClass.Membership, member.Id), accusation.ToMessage());
    }

    /// <summary>
    /// Accused itself, the node says that it is alive, louder (SWIM §4.2); that it had to is a sign of poor health. Its host hears by whom and on
    /// what evidence, as that of every other node does: whose own loop was late learns so what it looked like from outside.
    /// </summary>
    private void Refute(in Caller caller, in Accusation accusation)
    {
        var held = _self.Claim;
        if (_self.State == MemberState.Left || accusation.Claim < held)
            return;
        Counters.Refutations++;
        _refuted = caller.Now;
        _health.Worsen();
        RaiseAbove(caller, accusation.Claim.Incarnation, _self.Address);
        if (_self.Claim == held)
            return;
        IReadOnlyList<Testimony> words = accusation.Testimony.Evidence == Evidence.None ? [] : [accusation.Testimony];
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.MemberRefuted, caller.Now, _self, words));
    }

    private void RaiseAbove(in Caller caller, Incarnation incarnation, PeerAddress address)
    {
        if (_self.State == MemberState.Left)
            return;
        var raised = incarnation > _self.Claim.Incarnation ? incarnation.Next : _self.Claim.Incarnation.Next;
        if (raised.Value >= Limits.Incarnation)
            return;
        var profile = MemberProfile.Of(Options, raised, address);
        _table.Update(_self, new Claim(raised, MemberState.Alive), caller.Now, profile);
        _lastChange = caller.Now;
        _gossiper.Spread(caller, new RumorSubject(RumorClass.Membership, _self.Id), profile.Encoded);
    }
}
