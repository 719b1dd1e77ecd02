namespace Gossip.Protocol;

/// <summary>
/// How well this node itself is (Lifeguard §IV-A, "local health multiplier"). A node that misses acks, nacks or its own deadlines, or that
/// has to refute, is more likely to be slow itself than to be surrounded by dead members, so it gives others more time. Answered probes
/// restore its health.
/// </summary>
internal sealed class LocalHealth(int limit)
{
    /// <summary>0 is healthy; the limit is the worst.</summary>
    public int Score { get; private set; }

    public void Worsen(int by = 1) => Score = Math.Min(limit, Score + by);

    public void Improve() => Score = Math.Max(0, Score - 1);

    /// <summary>A span stretched by how unwell the node is.</summary>
    public TimeSpan Stretch(TimeSpan span) => Score == 0 ? span : span * (Score + 1);
}
