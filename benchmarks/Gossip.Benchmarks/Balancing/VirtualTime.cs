namespace Gossip.Benchmarks.Balancing;

/// <summary>A clock that stands still until it is told to go.</summary>
internal sealed class VirtualTime : TimeProvider
{
    private long _ticks = TimeSpan.TicksPerHour;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public TimeSpan Elapsed => new(_ticks - TimeSpan.TicksPerHour);

    public void GoTo(TimeSpan elapsed) => _ticks = TimeSpan.TicksPerHour + elapsed.Ticks;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(_ticks);
}
