namespace Gossip.Protocol;

/// <summary>
/// What keeps a forged or a recorded packet from changing a view. Tests switch one off, to show that without it the attack succeeds; a
/// process has no way to.
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

    /// <summary>A claim to an address is a reason to ask there, and no more.</summary>
    Addresses = 4,

    /// <summary>Hearsay raises a number by <see cref="Limits.Step"/> at the most.</summary>
    Steps = 8,

    /// <summary>Nothing but an answer with one's own token is an answer.</summary>
    Tokens = 16,
}
