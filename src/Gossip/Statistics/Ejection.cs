namespace Gossip.Statistics;

/// <summary>
/// Why an instance gets no calls of this process. It is this process's own experience, so it is not told to others. When the time is over,
/// one call at a time passes as a probe: success ends the ejection, failure doubles it.
/// </summary>
/// <param name="Since">The mark of the failure. Calls that began before are no further evidence.</param>
/// <param name="Until">The millisecond at which a probe may pass.</param>
/// <param name="Strikes">How many ejections in a row.</param>
/// <param name="Cause">On what grounds.</param>
/// <param name="IsProbed">Whether a probe is under way; if it never ends, the next one passes at <paramref name="Until"/>.</param>
internal sealed record Ejection(long Since, long Until, int Strikes, EjectionCause Cause, bool IsProbed)
{
    /// <summary>The recent calls when it was ejected, and how many of them had failed.</summary>
    public (long Calls, long Failures) Recent { get; init; }
}

/// <summary>On what grounds an instance is ejected.</summary>
internal enum EjectionCause
{
    /// <summary>So many calls in a row failed as <see cref="GossipBalancingOptions.ConsecutiveFailures"/> says.</summary>
    InARow,

    /// <summary>It accepted no connection.</summary>
    Unreachable,

    /// <summary>It fails more often than its siblings.</summary>
    Outlier,

    /// <summary>The call that probed it failed.</summary>
    Probe,

    /// <summary>A call failed that went to it all the same, since too many of its siblings are ejected.</summary>
    Again,
}
