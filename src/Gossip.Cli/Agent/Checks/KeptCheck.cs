namespace Gossip.Cli.Agent.Checks;

/// <summary>What a check knows that its next look does not tell, and that holds over a restart of the agent.</summary>
/// <param name="At">When the service reported; or when the file with the id of its process was written.</param>
/// <param name="Report">What was reported; null for a process.</param>
/// <param name="Process">The process that the file meant; null for a report.</param>
internal sealed record KeptCheck(DateTimeOffset At, CheckResult? Report, ProcessIdentity? Process);

/// <summary>A check that knows such a thing.</summary>
internal interface IKeptCheck : ICheck
{
    /// <summary>That; null as long as there is nothing to keep. Read from any thread.</summary>
    KeptCheck? Kept { get; }
}
