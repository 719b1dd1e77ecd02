namespace Gossip;

/// <summary>
/// How long a process that stops waits for its callers to go elsewhere, before its server stops. All of it together must fit into the
/// host's shutdown timeout, which is 30 s unless it is set. A node that knows no other, and that none has let in of late, waits for
/// nothing. All waits are of real time, whatever <see cref="TimeProvider"/> the application has.
/// </summary>
public sealed class GossipDrainOptions
{
    /// <summary>
    /// How long to wait until all others have acknowledged that the instances drain: zero or longer. It takes milliseconds when all answer.
    /// </summary>
    public TimeSpan ProofTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long no call must come then, of those that were on their way: 0 to 10 min. It is waited for again when one has come, or when the
    /// machine is so busy that the wait ended late, for 2 s of such times at the most.
    /// </summary>
    public TimeSpan QuietPeriod { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// How long to wait then for the requests that the server works on: zero or longer, or <see cref="Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(20);
}
