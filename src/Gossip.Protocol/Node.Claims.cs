namespace Gossip.Protocol;

/// <summary>
/// What is said of members, and what follows from it: one order decides (<see cref="Claim"/>), a change is told to the host and passed on,
/// and this node answers for itself.
/// </summary>
public sealed partial class Node
{
    private Instant _lastChange;

    private MemberProfile WriteProfile(Incarnation incarnation, PeerAddress address) =>
        MemberProfile.Of(Options.Id, incarnation, address, Options.Name, Options.Zone);

    private byte[] WriteAccusation(in Accusation accusation)
    {
        Span<byte> buffer = stackalloc byte[64];
        var writer = new PacketWriter(buffer);
        writer.TryAccusation(accusation);
        return buffer[..writer.Length].ToArray();
    }

    /// <summary>A member speaks of itself, directly or by rumour. Always true: the grammar was kept.</summary>
    private bool HearAlive(Instant now, in Alive heard, IOutbox outbox)
    {
        if (heard.Id == _self.Id)
        {
            if (heard.Incarnation > _self.Claim.Incarnation)
                RaiseAbove(now, heard.Incarnation, _self.Address);
            return true;
        }

        var member = _table.Find(heard.Id);
        var claim = new Claim(heard.Incarnation, MemberState.Alive);
        if (member is not null && claim <= member.Claim)
        {
            if (claim == member.Claim)
                _rumors.Hear(new RumorSubject(RumorClass.Membership, member.Id));
            return true;
        }
        var profile = heard.ToProfile(_texts);
        if (profile.Address == _self.Address)
            SettleOwnAddress(now, profile, outbox);
        else
            TakeIn(now, member, profile, claim, outbox);
        return true;
    }

    private void TakeIn(Instant now, Member? member, MemberProfile profile, Claim claim, IOutbox outbox)
    {
        var holder = _table.FindLiveAt(profile.Address);
        if (holder is not null && holder != member && IsSuccessor(holder.Profile, profile))
            return;
        if (member is not null)
            Renew(now, member, profile, claim, outbox);
        else if (!TryWelcome(now, profile, claim, outbox))
            return;
        if (holder is not null && holder.Id != profile.Id)
            Accuse(now, holder, MemberState.Dead, Evidence.Replaced, outbox);
    }

    /// <summary>
    /// Of two ids at one address the one that started later holds it: the other is the past of a restarted process. Ids settle a tie, so that
    /// all decide alike.
    /// </summary>
    private static bool IsSuccessor(MemberProfile one, MemberProfile other) =>
        one.Incarnation > other.Incarnation || (one.Incarnation == other.Incarnation && one.Id.Value > other.Id.Value);

    private bool TryWelcome(Instant now, MemberProfile profile, Claim claim, IOutbox outbox)
    {
        var member = new Member(profile, claim, now);
        if (!_table.TryAdd(member, out var evicted))
        {
            Counters.Drop(DropReason.LimitReached);
            return false;
        }

        if (evicted is not null)
        {
            _twins.Remove(evicted.Id);
            outbox.Publish(new ClusterEvent(ClusterEventKind.MemberForgotten, now, evicted));
        }

        _order.Add(member.Id);
        if (IsNewcomer(profile))
            _newcomers.Add(member.Id, now);
        _lastChange = now;
        outbox.Publish(new ClusterEvent(ClusterEventKind.MemberJoined, now, member));
        SpreadJoin(now, profile);
        CompareSoon(now);
        CheckName(now, member, outbox);
        return true;
    }

    private void Renew(Instant now, Member member, MemberProfile profile, Claim claim, IOutbox outbox)
    {
        var (was, before) = (member.State, member.Profile);
        _table.Update(member, claim, now, profile);
        _suspicions.Remove(member);
        _newcomers.Remove(member.Id);
        _lastChange = now;
        var refuted = member.Testimonies;
        member.Acquit();
        if (was >= MemberState.Dead)
            _order.Add(member.Id);
        var hasMoved = before.Address != profile.Address;
        if (hasMoved)
            ForgetAliases(member);
        if (was != MemberState.Alive)
            NoteRefutation(now, member);
        if (hasMoved && member.Doubt is { } doubt)
            doubt.NextProbe = now; // It may be in reach there.
        var changed = hasMoved || before.Name != profile.Name || before.Zone != profile.Zone;
        ClusterEventKind? kind = was switch
        {
            MemberState.Alive => changed ? ClusterEventKind.MemberUpdated : null,
            MemberState.Suspect => ClusterEventKind.MemberRefuted,
            _ => ClusterEventKind.MemberJoined,
        };
        if (kind is { } happened)
            outbox.Publish(new ClusterEvent(happened, now, member, refuted));
        if (was >= MemberState.Dead)
            PublishServices(now, member, outbox);
        Spread(now, new RumorSubject(RumorClass.Membership, member.Id), profile.Encoded);
        CheckName(now, member, outbox);
    }

    /// <summary>Something is said against a member. Always true: the grammar was kept.</summary>
    private bool HearAccusation(Instant now, in Accusation heard, IOutbox outbox)
    {
        var accusation = Temper(heard);
        if (accusation.Member == _self.Id)
        {
            Refute(now, accusation, outbox);
            return true;
        }

        // An accusation of an incarnation that is not known yet waits for the digest, which brings the profile along.
        if (_table.Find(accusation.Member) is not { } member || accusation.Claim.Incarnation > member.Profile.Incarnation)
            return true;
        if (accusation.Claim == member.Claim && member.State == MemberState.Suspect)
            ConfirmSuspicion(now, member, accusation, outbox);
        else if (accusation.Claim > member.Claim)
            Take(now, member, accusation, outbox);
        return true;
    }

    /// <summary>This node's own word against a member, at the incarnation that it knows.</summary>
    private void Accuse(Instant now, Member member, MemberState state, Evidence evidence, IOutbox outbox)
    {
        var testimony = new Testimony(_self.Id, evidence, (byte)_health.Score, member.RoundTrip);
        HearAccusation(now, new Accusation(member.Id, new Claim(member.Claim.Incarnation, state), testimony), outbox);
    }

    private void Take(Instant now, Member member, in Accusation accusation, IOutbox outbox)
    {
        var wasLive = member.IsLive;
        if (accusation.Claim.State == MemberState.Left)
            member.Acquit();
        if (accusation.Claim.State != MemberState.Left && !member.Testimonies.Contains(accusation.Testimony))
            member.Testify(accusation.Testimony);
        _table.Update(member, accusation.Claim, now);
        _lastChange = now;
        var kind = accusation.Claim.State switch
        {
            MemberState.Suspect => ClusterEventKind.MemberSuspected,
            MemberState.Dead => ClusterEventKind.MemberDied,
            _ => ClusterEventKind.MemberLeft,
        };
        if (member.State == MemberState.Suspect)
        {
            StartSuspicion(now, member);
        }
        else
        {
            _suspicions.Remove(member);
            _order.Remove(member.Id);
        }

        outbox.Publish(new ClusterEvent(kind, now, member, member.Testimonies));
        if (wasLive && !member.IsLive)
            PublishServices(now, member, outbox);
        Spread(now, new RumorSubject(RumorClass.Membership, member.Id), WriteAccusation(accusation));
    }

    /// <summary>
    /// Accused itself, the node says that it is alive, louder (SWIM §4.2); that it had to is a sign of poor health. Its host hears by whom and on
    /// what evidence, as that of every other node does: whose own loop was late learns so what it looked like from outside.
    /// </summary>
    private void Refute(Instant now, in Accusation accusation, IOutbox outbox)
    {
        var held = _self.Claim;
        if (_self.State == MemberState.Left || accusation.Claim < held)
            return;
        Counters.Refutations++;
        _refuted = now;
        _health.Worsen();
        RaiseAbove(now, accusation.Claim.Incarnation, _self.Address);
        if (_self.Claim == held)
            return;
        IReadOnlyList<Testimony> words = accusation.Testimony.Evidence == Evidence.None ? [] : [accusation.Testimony];
        outbox.Publish(new ClusterEvent(ClusterEventKind.MemberRefuted, now, _self, words));
    }

    private void RaiseAbove(Instant now, Incarnation incarnation, PeerAddress address)
    {
        if (_self.State == MemberState.Left)
            return;
        var raised = incarnation > _self.Claim.Incarnation ? incarnation.Next : _self.Claim.Incarnation.Next;
        if (raised.Value >= Limits.Incarnation)
            return;
        var profile = WriteProfile(raised, address);
        _table.Update(_self, new Claim(raised, MemberState.Alive), now, profile);
        _lastChange = now;
        Spread(now, new RumorSubject(RumorClass.Membership, _self.Id), profile.Encoded);
    }
}
