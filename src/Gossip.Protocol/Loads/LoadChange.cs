namespace Gossip.Protocol;

/// <summary>A member has sent another load.</summary>
/// <param name="Member">Whose load it is.</param>
/// <param name="Load">The load.</param>
/// <param name="At">When the member had it, as nearly as this node can tell: the delays in between are not known.</param>
internal readonly record struct LoadChange(MemberId Member, Load Load, Instant At);
