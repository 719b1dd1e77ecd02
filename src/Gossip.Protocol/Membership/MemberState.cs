namespace Gossip;

/// <summary>What is said of a member. The numbers travel, and their order is part of the conflict rule.</summary>
public enum MemberState : byte
{
    /// <summary>It answers.</summary>
    Alive = 0,

    /// <summary>Another member got no answer from it; it may still refute.</summary>
    Suspect = 1,

    /// <summary>It did not refute in time.</summary>
    Dead = 2,

    /// <summary>It said goodbye.</summary>
    Left = 3,
}
