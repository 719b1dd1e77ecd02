namespace Gossip;

/// <summary>
/// Tells why nodes do not find or do not reach each other, and what to do about it, from what this node has seen. It sends nothing and
/// compares no clocks of machines.
/// </summary>
public interface IGossipDoctor
{
    /// <summary>Looks at the node now.</summary>
    /// <exception cref="InvalidOperationException">The node does not run.</exception>
    ValueTask<GossipDiagnosis> ExamineAsync(CancellationToken cancellationToken = default);
}

/// <summary>What the doctor found.</summary>
/// <param name="Findings">All that is worth telling, the worst first; empty when nothing is.</param>
public sealed record GossipDiagnosis(IReadOnlyList<GossipFinding> Findings)
{
    /// <summary>Whether nothing was found that somebody should do something about.</summary>
    public bool IsWell => Findings.All(finding => finding.Severity == FindingSeverity.Note);
}

/// <summary>One thing that the doctor found.</summary>
/// <param name="Severity">Whether somebody should do something about it.</param>
/// <param name="Code">Names the kind of finding for machines, such as <c>udp-blocked</c>; it does not change between versions.</param>
/// <param name="What">What was found, in a sentence.</param>
/// <param name="Remedy">What to do; null when there is nothing to do.</param>
public sealed record GossipFinding(FindingSeverity Severity, string Code, string What, string? Remedy);

/// <summary>How bad a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>Good to know.</summary>
    Note,

    /// <summary>It works, but not as well as it could, or not for all.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Error,
}
