namespace Gossip;

/// <summary>How a call of an instance ended, as far as it says something about the instance.</summary>
public enum CallOutcome
{
    /// <summary>It was answered.</summary>
    Answered = 0,

    /// <summary>
    /// The instance failed: it broke off, took too long, or answered that it cannot serve. Enough failures in a row eject it.
    /// </summary>
    Failed = 1,

    /// <summary>No connection could be made. This ejects the instance at once.</summary>
    Unreachable = 2,

    /// <summary>The caller gave up for reasons of its own, which says nothing about the instance.</summary>
    Abandoned = 3,

    /// <summary>
    /// It was answered with an error, such as 500, which may be the fault of the request or of the instance. This ejects the instance only
    /// when it happens much more often than at its siblings.
    /// </summary>
    Erred = 4,
}
