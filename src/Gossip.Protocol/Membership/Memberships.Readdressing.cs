namespace Gossip.Protocol;

/// <summary>
/// Addresses that change hands (not in the papers). A lease runs out, a laptop joins another network, a container is connected anew: the
/// process lives on at another address. The others learn of it by rumour, and ask at the new address whether the member is there.
/// </summary>
internal sealed partial class Memberships
{
    /// <summary>How long after one claim to this node's address the next counts as another one, and is reported.</summary>
    private static readonly TimeSpan ConflictPause = TimeSpan.FromSeconds(5);

    /// <summary>How long a noted claim counts as the same one when it comes again.</summary>
    private static readonly TimeSpan ConflictMemory = TimeSpan.FromMinutes(1);

    private Instant _nextConflict;

    /// <summary>Others reach this node at another address from now on.</summary>
    public void Readdress(in Caller caller, PeerAddress address)
    {
        var left = kernel.Self.Address;
        if (kernel.Self.State == MemberState.Left || address == left)
            return;
        RaiseAbove(caller, kernel.Self.Claim.Incarnation, address);
        if (kernel.Self.Address == left)
            return; // Its incarnations are used up, as a forger may do.
        observed.Clear();
        // At a seed where this node found itself there may be another now.
        aliases.Forget(kernel.Self);
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.MemberUpdated, caller.Now, kernel.Self));
        // What the others sent to the old address meanwhile did not come.
        gossiper.CompareSoon(caller.Now);
        if (_nextConflict != default)
            introductions.AskAt(caller, left); // The two may have exchanged their addresses.
        _nextConflict = default;
    }

    /// <summary>
    /// Another id claims this node's address. The address belongs to the member that answers there, so this node need not reply: it answers
    /// there itself or, where it has lost the address, the other does. A claim that comes again after a pause is a conflict, and is
    /// reported.
    /// </summary>
    private void HearClaimant(in Caller caller, MemberProfile profile)
    {
        if (caller.Now < _nextConflict)
            return;
        var again = _nextConflict != default && caller.Now - _nextConflict < ConflictMemory;
        _nextConflict = caller.Now + ConflictPause;
        if (!again)
            return;
        var other = new Member(profile, new Claim(profile.Incarnation, MemberState.Alive), caller.Now);
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.AddressConflict, caller.Now, other));
    }
}
