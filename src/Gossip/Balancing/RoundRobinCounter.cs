namespace Gossip.Balancing;

/// <summary>
/// Whose turn it is. It outlives the snapshots of its service, so that a change of one instance does not start the round anew.
/// </summary>
internal sealed class RoundRobinCounter
{
    /// <summary>Starts anywhere, so that callers that start together do not all pick the same instance first.</summary>
    private int _next = (int)FastRandom.Next();

    public int Next(int count) => (int)((uint)Interlocked.Increment(ref _next) % (uint)count);

    /// <summary>A point of 2³² that walks in steps of the golden ratio, so that it visits every stretch evenly and by its length.</summary>
    public uint NextPoint() => (uint)Interlocked.Increment(ref _next) * 2_654_435_769u;
}
