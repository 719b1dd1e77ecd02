namespace Gossip.Protocol;

/// <summary>
/// What is said of members, and what follows from it: one order decides (<see cref="Claim"/>), a change is reported to the host and passed
/// on, and this node refutes accusations against itself.
/// </summary>
internal sealed partial class Memberships(
    Kernel kernel, Gossiper gossiper, Introductions introductions, Suspicions suspicions, ProbeOrder order, Newcomers newcomers,
    Reachability reachability, SeedAliases aliases, NameConflicts names, ObservedAddresses observed, Leases leases, Instant born)
{
    /// <summary>How often it is reported that another process speaks in this node's name.</summary>
    private static readonly TimeSpan ImpersonationPause = TimeSpan.FromMinutes(1);

    private Instant _nextImpersonation;

    /// <summary>When this node last refuted; null for never.</summary>
    public Instant? Refuted { get; private set; }

    /// <summary>A member's profile came, directly or by rumour. Always true, since the grammar was kept.</summary>
    public bool HearAlive(in Caller caller, in Alive heard)
    {
        if (heard.Id == kernel.Self.Id)
        {
            if (heard.Incarnation > kernel.Self.Claim.Incarnation)
                Outrank(caller, heard.Incarnation);
            return true;
        }

        var member = kernel.Table.Find(heard.Id);
        var claim = new Claim(heard.Incarnation, MemberState.Alive);
        if (member is not null && claim <= member.Claim)
        {
            if (claim == member.Claim)
                gossiper.Hear(new RumorSubject(RumorClass.Membership, member.Id));
            return true;
        }

        var profile = heard.ToProfile(kernel.Strings);
        var isOwnWord = caller.Answerer == profile.Id.Tag && caller.From == profile.Address;
        if (profile.Address == kernel.Self.Address)
            HearClaimant(caller, profile);
        else if (isOwnWord || IsBelieved(caller.Now, member, profile))
            TakeIn(caller, member, profile, claim);
        else
            introductions.AskAt(caller, profile.Address);
        return true;
    }

    /// <summary>
    /// Whether hearsay is enough (not in the papers). An address belongs to the member that answers there, never to the greater
    /// incarnation. So a claim to an address that a live member holds, or one that moves a live member, is only a reason to ask there. And
    /// hearsay cannot raise a member's incarnation so far that the member cannot outrank what was said in its name.
    /// </summary>
    private bool IsBelieved(Instant now, Member? member, MemberProfile profile)
    {
        var off = kernel.Options.SwitchedOff;
        var holder = kernel.Table.FindLiveAt(profile.Address);
        var isElsewhere = (holder is not null && holder != member) || (member is { IsLive: true } && member.Address != profile.Address);
        // Where another has answered in its place, a member that says it is there still may not have heard yet that its address is gone.
        var wasReplaced = member is { State: MemberState.Suspect or MemberState.Dead, Gravest.Evidence: Evidence.Replaced }
            && member.Address == profile.Address;
        if ((isElsewhere || wasReplaced) && !off.HasFlag(Defences.Addresses))
            return false;
        var most = member is null ? Clock(now) + Limits.IncarnationAhead : member.Claim.Incarnation.Value + Limits.Step;
        return profile.Incarnation.Value <= most || off.HasFlag(Defences.Steps);
    }

    /// <summary>This node's time as an incarnation: microseconds since 1970, by the wall clock at its start.</summary>
    private ulong Clock(Instant now) => kernel.Options.Incarnation.Value + (ulong)((now - born).Ticks / TimeSpan.TicksPerMicrosecond);

    private void TakeIn(in Caller caller, Member? member, MemberProfile profile, Claim claim)
    {
        var holder = kernel.Table.FindLiveAt(profile.Address);
        if (member is not null)
            Renew(caller, member, profile, claim);
        else if (!TryWelcome(caller, profile, claim))
            return;
        if (holder is not null && holder.Id != profile.Id)
            Accuse(caller, holder, MemberState.Dead, Evidence.Replaced);
    }

    private bool TryWelcome(in Caller caller, MemberProfile profile, Claim claim)
    {
        var member = new Member(profile, claim, caller.Now);
        if (!kernel.Table.TryAdd(member, out var evicted))
        {
            kernel.Counters.Drop(DropReason.LimitReached);
            return false;
        }

        if (evicted is not null)
        {
            names.Forget(evicted);
            caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.MemberForgotten, caller.Now, evicted));
        }

        order.Add(member.Id);
        if (IsNewcomer(profile))
            newcomers.Add(member.Id, caller.Now);
        kernel.Table.NoteNews(caller.Now);
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.MemberJoined, caller.Now, member));
        gossiper.SpreadJoin(caller, profile);
        gossiper.CompareSoon(caller.Now);
        names.Check(caller, member);
        return true;
    }

    private void Renew(in Caller caller, Member member, MemberProfile profile, Claim claim)
    {
        var (was, before) = (member.State, member.Profile);
        kernel.Table.Update(member, claim, caller.Now, profile);
        suspicions.Remove(member);
        newcomers.Remove(member.Id);
        kernel.Table.NoteNews(caller.Now);
        var refuted = member.Testimonies;
        member.ClearAccusations();
        if (was >= MemberState.Dead)
            order.Add(member.Id);
        var hasMoved = before.Address != profile.Address;
        if (was != MemberState.Alive)
            reachability.NoteRefutation(caller.Now, member);
        if (hasMoved)
        {
            member.IsProven = false;
            aliases.Forget(member);
            Reachability.NoteMove(caller.Now, member);
        }

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
        gossiper.Spread(caller, new RumorSubject(RumorClass.Membership, member.Id), profile.Encoded);
        names.Check(caller, member);
    }

    /// <summary>An accusation against a member came. Always true, since the grammar was kept.</summary>
    public bool HearAccusation(in Caller caller, in Accusation heard)
    {
        var accusation = DemoteDeath(heard);
        if (accusation.Member == kernel.Self.Id)
        {
            Refute(caller, accusation);
            return true;
        }

        // An accusation of an incarnation that is not known yet waits for the digest, which brings the profile along.
        if (kernel.Table.Find(accusation.Member) is not { } member || accusation.Claim.Incarnation > member.Profile.Incarnation)
            return true;
        if (accusation.Claim == member.Claim && member.State == MemberState.Suspect)
            suspicions.Confirm(caller, member, accusation);
        else if (accusation.Claim > member.Claim)
            Take(caller, member, accusation);
        return true;
    }

    /// <summary>This node's own accusation against a member, at the incarnation that it knows.</summary>
    public void Accuse(in Caller caller, Member member, MemberState state, Evidence evidence)
    {
        var testimony = new Testimony(kernel.Self.Id, evidence, (byte)kernel.Health.Score, member.RoundTrip);
        HearAccusation(caller, new Accusation(member.Id, new Claim(member.Claim.Incarnation, state), testimony));
    }

    private void Take(in Caller caller, Member member, in Accusation accusation)
    {
        var wasLive = member.IsLive;
        if (accusation.Claim.State == MemberState.Left)
            member.ClearAccusations();
        if (accusation.Claim.State != MemberState.Left && !member.Testimonies.Contains(accusation.Testimony))
            member.Testify(accusation.Testimony);
        kernel.Table.Update(member, accusation.Claim, caller.Now);
        kernel.Table.NoteNews(caller.Now);
        var kind = accusation.Claim.State switch
        {
            MemberState.Suspect => ClusterEventKind.MemberSuspected,
            MemberState.Dead => ClusterEventKind.MemberDied,
            _ => ClusterEventKind.MemberLeft,
        };
        if (member.State == MemberState.Suspect)
        {
            suspicions.Start(caller.Now, member);
        }
        else
        {
            suspicions.Remove(member);
            order.Remove(member.Id);
        }

        if (wasLive && !member.IsLive)
            leases.Begin(caller.Now, member);
        caller.Outbox.Publish(new ClusterEvent(kind, caller.Now, member, member.Testimonies));
        if (wasLive && !member.IsLive)
            PublishServices(caller, member);
        gossiper.Spread(caller, new RumorSubject(RumorClass.Membership, member.Id), accusation.ToMessage());
    }

    /// <summary>
    /// Answers an accusation against this node with a higher incarnation (SWIM §4.2); that it had to is a sign of poor health. Its host, as
    /// that of every other node, learns the accuser and the evidence: if this node's own loop was late, that shows how it looked from
    /// outside.
    /// </summary>
    public void Refute(in Caller caller, in Accusation accusation)
    {
        var held = kernel.Self.Claim;
        if (kernel.Self.State == MemberState.Left || accusation.Claim < held || IsTooFarAhead(caller.Now, accusation.Claim.Incarnation))
            return;
        kernel.Counters.Refutations++;
        Refuted = caller.Now;
        kernel.Health.Worsen();
        RaiseAbove(caller, accusation.Claim.Incarnation, kernel.Self.Address);
        if (kernel.Self.Claim == held)
            return;
        IReadOnlyList<Testimony> words = accusation.Testimony.Evidence == Evidence.None ? [] : [accusation.Testimony];
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.MemberRefuted, caller.Now, kernel.Self, words));
    }

    /// <summary>The node leaves, for good.</summary>
    /// <returns>Its goodbye.</returns>
    public byte[] Leave(in Caller caller)
    {
        var claim = new Claim(kernel.Self.Claim.Incarnation, MemberState.Left);
        kernel.Table.Update(kernel.Self, claim, caller.Now);
        var goodbye = new Accusation(kernel.Self.Id, claim, default).ToMessage();
        gossiper.Spread(caller, new RumorSubject(RumorClass.Membership, kernel.Self.Id), goodbye);
        return goodbye;
    }

    /// <summary>
    /// Another process has said in this node's name what it never said. The node outranks that with the next incarnation, unless it is a
    /// claim that no member believes without asking this node.
    /// </summary>
    private void Outrank(in Caller caller, Incarnation forged)
    {
        if (IsTooFarAhead(caller.Now, forged))
            return;
        RaiseAbove(caller, forged, kernel.Self.Address);
        if (caller.Now < _nextImpersonation)
            return;
        _nextImpersonation = caller.Now + ImpersonationPause;
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.Impersonated, caller.Now, kernel.Self));
    }

    /// <summary>
    /// Whether an incarnation of this node is one that no member believes without asking it: to outrank that would use up its numbers.
    /// </summary>
    private bool IsTooFarAhead(Instant now, Incarnation claimed) =>
        !kernel.Options.SwitchedOff.HasFlag(Defences.Steps)
        && claimed.Value > Math.Max(kernel.Self.Claim.Incarnation.Value + Limits.Step, Clock(now) + Limits.IncarnationAhead);

    private void RaiseAbove(in Caller caller, Incarnation incarnation, PeerAddress address)
    {
        if (kernel.Self.State == MemberState.Left)
            return;
        var raised = incarnation > kernel.Self.Claim.Incarnation ? incarnation.Next : kernel.Self.Claim.Incarnation.Next;
        if (raised.Value >= Limits.Incarnation)
            return;
        var profile = MemberProfile.Of(kernel.Options, raised, address);
        kernel.Table.Update(kernel.Self, new Claim(raised, MemberState.Alive), caller.Now, profile);
        kernel.Table.NoteNews(caller.Now);
        gossiper.Spread(caller, new RumorSubject(RumorClass.Membership, kernel.Self.Id), profile.Encoded);
    }

    /// <summary>
    /// Whether a member that is new to this node has just started. A node that joins hears of all members at once, and those that started
    /// long before it are new to it alone. The start times come from the members' own clocks: where one is wrong, that member is judged too
    /// early or too late, once.
    /// </summary>
    private bool IsNewcomer(MemberProfile profile) =>
        profile.Incarnation.Value + (ulong)Newcomers.Patience.TotalMicroseconds > kernel.Options.Incarnation.Value;

    private static void PublishServices(in Caller caller, Member member)
    {
        if (member.Records.Count > 0)
            caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.ServicesChanged, caller.Now, member));
    }
}
