using Gossip.Protocol;

namespace Gossip.Snapshots;

/// <summary>The node's own monotonic clock, and the wall clock that people read. A wrong wall clock keeps no node from starting.</summary>
internal sealed class NodeClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public Instant Now => new(time.GetElapsedTime(_start));

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>
    /// The start of this node in microseconds since 1970, so that a restarted process outranks its past without waiting. A machine whose
    /// clock is before that, as one without a battery may be until it has the time from the network, begins at the lowest incarnation, and
    /// outranks its past once it hears of it.
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
