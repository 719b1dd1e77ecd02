namespace Gossip.Cli.Agent.Checks;

/// <summary>Finds out once whether a service runs.</summary>
internal interface ICheck
{
    /// <summary>Looks. It may throw whatever it meets; that counts as a failure, with the message as output.</summary>
    /// <param name="cancellation">The time is over, or nobody wants to know any more: what was begun is ended.</param>
    ValueTask<CheckResult> RunAsync(CancellationToken cancellation);
}
