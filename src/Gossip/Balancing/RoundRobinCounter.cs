namespace Gossip.Balancing;

/// <summary>
/// Which instance is next. It outlives the snapshots of its service, so that a change of one instance does not restart the round.
/// </summary>
internal sealed class RoundRobinCounter
{
    /// <summary>Starts anywhere, so that callers that start together do not all pick the same instance first.</summary>
    private int _next = (int)FastRandom.Next();

    public int Next(int count) => (int)((uint)Interlocked.Increment(ref _next) % (uint)count);

    /// <summary>
    /// A point in 2³² that moves in steps of the golden ratio, so that it visits every stretch evenly and in proportion to its length.
    /// </summary>
    public uint NextPoint() => (uint)Interlocked.Increment(ref _next) * 2_654_435_769u;
}
