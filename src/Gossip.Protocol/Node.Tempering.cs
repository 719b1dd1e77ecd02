namespace Gossip.Protocol;

/// <summary>
/// Verdicts of others (not in the papers). A node that was cut off heard nobody, and its suspicions of everybody run out, often while the
/// network heals; SWIM takes its verdicts as they are, and members die everywhere that nobody else had a reason to suspect. Here a death on
/// silence alone is another's word against the member, no more: it starts a suspicion, or confirms one. In a cluster in one piece the
/// suspicion is known to all within milliseconds, and runs out for all at the same time, so nothing is lost.
/// </summary>
public sealed partial class Node
{
    private Accusation Temper(in Accusation accusation) =>
        accusation.Claim.State == MemberState.Dead && accusation.Evidence == Evidence.Silence && accusation.Accuser != _self.Id
            ? accusation with { Claim = new Claim(accusation.Claim.Incarnation, MemberState.Suspect) }
            : accusation;
}
