namespace Gossip;

/// <summary>How a call of an instance ended, as far as it says something about the instance.</summary>
public enum CallOutcome
{
    /// <summary>It was answered.</summary>
    Answered = 0,

    /// <summary>The instance failed: it broke off, took too long, or said that it cannot serve.</summary>
    Failed = 1,

    /// <summary>No connection could be made.</summary>
    Unreachable = 2,

    /// <summary>The caller gave up for reasons of its own: that says nothing.</summary>
    Abandoned = 3,
}
