using System.Diagnostics.CodeAnalysis;

namespace Gossip;

/// <summary>
/// Tells why nodes do not find or do not reach each other, and what to do about it, from what this node has seen. It sends nothing and does
/// not compare the clocks of machines.
/// </summary>
public interface IGossipDoctor
{
    /// <summary>Examines the node now.</summary>
    /// <exception cref="InvalidOperationException">The node does not run.</exception>
    ValueTask<GossipDiagnosis> ExamineAsync(CancellationToken cancellationToken = default);
}

/// <summary>What the doctor found.</summary>
public sealed record GossipDiagnosis
{
    /// <summary>All findings, the worst first; empty when there are none.</summary>
    public required IReadOnlyList<GossipFinding> Findings { get; init; }

    /// <summary>Whether no finding needs an action by the operator.</summary>
    public bool IsWell => Findings.All(finding => finding.Severity == FindingSeverity.Note);
}

/// <summary>One thing that the doctor found.</summary>
public sealed record GossipFinding
{
    /// <summary>Makes a finding; all required properties must be set.</summary>
    public GossipFinding()
    {
    }

    [SetsRequiredMembers]
    internal GossipFinding(FindingSeverity severity, string code, string what, string? remedy) =>
        (Severity, Code, What, Remedy) = (severity, code, what, remedy);

    /// <summary>How bad it is, and so whether the operator should act.</summary>
    public required FindingSeverity Severity { get; init; }

    /// <summary>The kind of finding, for programs, such as <c>udp-blocked</c>; it does not change between versions.</summary>
    public required string Code { get; init; }

    /// <summary>What was found, in a sentence.</summary>
    public required string What { get; init; }

    /// <summary>What to do; null when there is nothing to do.</summary>
    public string? Remedy { get; init; }
}

/// <summary>How bad a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>For information.</summary>
    Note,

    /// <summary>It works, but not as well as it could, or not for all members.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Error,
}
