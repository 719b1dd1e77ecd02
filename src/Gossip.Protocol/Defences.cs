namespace Gossip.Protocol;

/// <summary>
/// What keeps a forged or a recorded packet from changing a view. Only tests can switch one off, to show that without it the attack
/// succeeds.
/// </summary>
[Flags]
internal enum Defences
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>Stale frames are dropped: <see cref="Gossip.Protocol.Freshness"/>.</summary>
    Freshness = 1,

    /// <summary>What a packet draws is bounded by what it brought: <see cref="AnswerBudget"/>.</summary>
    Budget = 2,

    /// <summary>A claim to an address is only a reason to ask there.</summary>
    Addresses = 4,

    /// <summary>Hearsay raises a number by <see cref="Limits.Step"/> at the most.</summary>
    Steps = 8,

    /// <summary>Only a packet with the node's own token counts as an answer.</summary>
    Tokens = 16,
}
