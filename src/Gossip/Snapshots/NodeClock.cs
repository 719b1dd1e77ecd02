using Gossip.Protocol;

namespace Gossip.Snapshots;

/// <summary>The node's own monotonic clock, and the wall clock that people read. A wrong wall clock keeps no node from starting.</summary>
internal sealed class NodeClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public Instant Now => new(time.GetElapsedTime(_start));

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>
    /// The start of this node in microseconds since 1970, so that a restart outranks its past with no waiting. A machine whose clock stands
    /// before that, as one without a battery may until it has asked for the time, begins at the lowest: it outranks its past once it hears
    /// of it.
    /// </summary>
    public Incarnation Incarnation
    {
        get
        {
            var microseconds = (StartedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            return new Incarnation((ulong)Math.Max(microseconds, 1));
        }
    }

    public DateTimeOffset ToWallClock(Instant instant) =>
        instant.SinceStart < DateTimeOffset.MaxValue - StartedAt ? StartedAt + instant.SinceStart : DateTimeOffset.MaxValue;
}
