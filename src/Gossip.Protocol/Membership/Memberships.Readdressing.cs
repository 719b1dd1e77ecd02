namespace Gossip.Protocol;

/// <summary>
/// Addresses that change hands (not in the papers). A lease runs out, a laptop joins another network, a container is connected anew: the
/// process lives on, and is reached elsewhere. Of two ids at one address the higher incarnation holds it, so that of the move is the moment
/// at which it was made, as that of a start is: whoever came to an address last holds it, be it a stranger's, or one that two hosts
/// exchange.
/// </summary>
internal sealed partial class Memberships
{
    /// <summary>
    /// How long after one conflict over this node's address the next is answered: two stubborn processes must not flood a cluster.
    /// </summary>
    private static readonly TimeSpan ConflictPause = TimeSpan.FromSeconds(5);

    /// <summary>For so long a conflict that was answered is the same one when it comes again.</summary>
    private static readonly TimeSpan ConflictMemory = TimeSpan.FromMinutes(1);

    /// <summary>After so long nobody takes a node for a process that has just replaced another one at its address.</summary>
    private static readonly TimeSpan Youth = TimeSpan.FromSeconds(5);

    private Instant _nextConflict;

    /// <summary>Who was the last to claim this node's address, and had not to be outranked, and when; null for nobody.</summary>
    private (MemberProfile Profile, Instant At)? _claimant;

    /// <summary>Others reach this node at another address from now on.</summary>
    public void Readdress(in Caller caller, PeerAddress address)
    {
        if (kernel.Self.State == MemberState.Left || address == kernel.Self.Address)
            return;
        var claimant = _claimant is { } last && caller.Now - last.At < ConflictMemory ? last.Profile : null;
        _claimant = null;
        var lived = (ulong)((caller.Now - born).Ticks / TimeSpan.TicksPerMicrosecond);
        var moved = new Incarnation(kernel.Options.Incarnation.Value + lived);
        var holder = kernel.Table.FindLiveAt(address);
        RaiseAbove(caller, holder?.Claim.Incarnation > moved ? holder.Claim.Incarnation : moved, address);
        if (kernel.Self.Address != address)
            return; // Its incarnations are used up, as by a forger.
        // Unless the two have exchanged their addresses, as far as is known here.
        if (holder is not null && holder.Id != claimant?.Id)
            Accuse(caller, holder, MemberState.Dead, Evidence.Replaced);
        observed.Clear();
        // Where it has found itself another may be.
        aliases.Forget(kernel.Self);
        _nextConflict = default;
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.MemberUpdated, caller.Now, kernel.Self));
        // What the others sent to the old address meanwhile did not come.
        gossiper.CompareSoon(caller.Now);
        if (claimant is null)
            return;
        var member = kernel.Table.Find(claimant.Id);
        var claim = new Claim(claimant.Incarnation, MemberState.Alive);
        if (member is null || claim > member.Claim)
            TakeIn(caller, member, claimant, claim);
    }

    /// <summary>
    /// Another id claims this node's address, and has come to it later, as it seems. One that has just started finds its own past there,
    /// with a clock that went back, and outranks it at once. One that has been here for long may have lost its address to the other, so its
    /// host has the time to see that and to say where it is now; only then it insists, at most once per pause, and reports a conflict.
    /// </summary>
    private void SettleOwnAddress(in Caller caller, MemberProfile profile)
    {
        if (IsSuccessor(kernel.Self.Profile, profile) || caller.Now < _nextConflict)
            return;
        var again = _nextConflict != default && caller.Now - _nextConflict < ConflictMemory;
        _nextConflict = caller.Now + ConflictPause;
        var insists = again || caller.Now - born < Youth;
        _claimant = insists ? null : (profile, caller.Now);
        if (insists)
            RaiseAbove(caller, profile.Incarnation, kernel.Self.Address);
        if (!again)
            return;
        var other = new Member(profile, new Claim(profile.Incarnation, MemberState.Alive), caller.Now);
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.AddressConflict, caller.Now, other));
    }
}
