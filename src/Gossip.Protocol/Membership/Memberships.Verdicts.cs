namespace Gossip.Protocol;

/// <summary>
/// Verdicts of others (not in the papers). A node that was cut off heard no member, and its suspicions of all run out, often while the
/// network heals. SWIM takes its verdicts as they are, and members that no other node had a reason to suspect die everywhere. Here a death
/// on silence alone is only testimony against the member: it starts a suspicion, or confirms one. In a connected cluster the suspicion is
/// known to all within milliseconds, and runs out for all at the same time, so nothing is lost. The testimony is the original accuser's:
/// the verdict of a member that only believed it is not counted as another accuser's.
/// </summary>
internal sealed partial class Memberships
{
    private Accusation DemoteDeath(in Accusation heard) =>
        kernel.Options.DemoteDeaths && heard.Claim.State == MemberState.Dead && !IsOwnOrRefused(heard.Testimony)
            ? heard with { Claim = new Claim(heard.Claim.Incarnation, MemberState.Suspect) }
            : heard;

    /// <summary>Another member's word that a member was replaced is hearsay about which process answers at an address.</summary>
    private bool IsOwnOrRefused(in Testimony testimony) =>
        testimony.Accuser == kernel.Self.Id ? testimony.IsStrong : testimony.Evidence == Evidence.Refused;

    /// <summary>This node's own verdict: the member's time to refute is over. It is sent with the gravest testimony.</summary>
    public void DeclareDead(in Caller caller, Member member) =>
        Take(caller, member, new Accusation(member.Id, new Claim(member.Claim.Incarnation, MemberState.Dead), member.Gravest));
}
