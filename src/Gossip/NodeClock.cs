using Gossip.Protocol;

namespace Gossip;

/// <summary>The node's own monotonic clock, and the wall clock that people read.</summary>
internal sealed class NodeClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public Instant Now => new(time.GetElapsedTime(_start));

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    public DateTimeOffset ToWallClock(Instant instant) => StartedAt + instant.SinceStart;
}
