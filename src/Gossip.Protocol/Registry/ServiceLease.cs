namespace Gossip;

/// <summary>
/// What a record carries of an instance that did not register itself: an agent speaks for it, and it may live on when the agent does not.
/// When the agent's node has gone without taking the record back, the instance is shown as degraded until the lease ends, or until a live
/// node has a record of the same instance id from an agent of the same name, as an agent that was restarted has.
/// </summary>
public sealed record ServiceLease
{
    /// <summary>The agent's name, the same after its restart: 1 to 128 bytes.</summary>
    public required string Agent { get; init; }

    /// <summary>
    /// How long the instance is shown when the agent's node has gone: 1 s to 1 h, in whole milliseconds; 10 s by default. It begins when
    /// the node is held dead, or says goodbye.
    /// </summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(10);
}
