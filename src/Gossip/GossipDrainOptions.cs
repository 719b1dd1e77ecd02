namespace Gossip;

/// <summary>
/// How long a stopping process waits for its callers to go elsewhere, before its server stops. All waits together must fit into the host's
/// shutdown timeout, by default 30 s. A node that knows no other, and that no other has recently let in, does not wait. All waits are in
/// real time, whatever <see cref="TimeProvider"/> the application has.
/// </summary>
public sealed class GossipDrainOptions
{
    /// <summary>
    /// How long to wait at most until all others have acknowledged that the instances drain: zero or longer. It takes milliseconds when all
    /// answer.
    /// </summary>
    public TimeSpan ProofTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long no call, of those that were on their way, must come then: 0 to 10 min. The wait is repeated when one has come, or when the
    /// machine is so busy that the wait ended late, for 2 s in all at the most.
    /// </summary>
    public TimeSpan QuietPeriod { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How long to wait then at most for the requests that the server works on: zero or longer, or <see cref="Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(20);
}
