namespace Gossip.Protocol;

/// <summary>
/// Verdicts of others (not in the papers). A node that was cut off heard nobody, and its suspicions of everybody run out, often while the
/// network heals; SWIM takes its verdicts as they are, and members die everywhere that nobody else had a reason to suspect. Here a death on
/// silence alone is another's word against the member, no more: it starts a suspicion, or confirms one. In a cluster in one piece the
/// suspicion is known to all within milliseconds, and runs out for all at the same time, so nothing is lost. The word is the original
/// accuser's: the verdict of one who only believed it is no second voice.
/// </summary>
internal sealed partial class Memberships
{
    private Accusation DemoteDeath(in Accusation heard) =>
        kernel.Options.DemoteDeaths && heard.Claim.State == MemberState.Dead && !IsOwnOrRefused(heard.Testimony)
            ? heard with { Claim = new Claim(heard.Claim.Incarnation, MemberState.Suspect) }
            : heard;

    /// <summary>Another's word that a member was replaced is hearsay of who answers at an address.</summary>
    private bool IsOwnOrRefused(in Testimony testimony) =>
        testimony.Accuser == kernel.Self.Id ? testimony.IsStrong : testimony.Evidence == Evidence.Refused;

    /// <summary>This node's own verdict: the member's time to refute is over. It is told in the words of the gravest testimony.</summary>
    public void DeclareDead(in Caller caller, Member member) =>
        Take(caller, member, new Accusation(member.Id, new Claim(member.Claim.Incarnation, MemberState.Dead), member.Gravest));
}
