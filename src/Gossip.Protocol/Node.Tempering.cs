namespace Gossip.Protocol;

/// <summary>
/// A verdict that comes by rumour before the suspicion did (not in the papers). In a cluster in one piece the suspicion came first, seconds
/// ago. It did not when its teller was cut off: there everybody fell silent, verdicts ran out, and the last of them are still on their way
/// when the network heals. SWIM takes them as they are, and members die everywhere that nobody had a reason to suspect.
/// </summary>
public sealed partial class Node
{
    /// <summary>
    /// A death on silence alone of one that is alive here is a suspicion first, as in a state exchange: the accused has its chance to refute.
    /// </summary>
    private Accusation Temper(Member member, in Accusation accusation)
    {
        var isSudden = accusation.Claim.State == MemberState.Dead && member.State == MemberState.Alive && accusation.Evidence == Evidence.Silence;
        if (!isSudden || accusation.Accuser == _self.Id)
            return accusation;
        return accusation with { Claim = new Claim(accusation.Claim.Incarnation, MemberState.Suspect) };
    }
}
