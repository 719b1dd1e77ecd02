namespace Gossip.Protocol;

/// <summary>A moment on this node's own monotonic clock, counted from an origin that only this process knows. Never sent.</summary>
/// <param name="SinceStart">The time since the origin.</param>
internal readonly record struct Instant(TimeSpan SinceStart) : IComparable<Instant>
{
    /// <summary>The origin of the clock.</summary>
    public static Instant Start => default;

    /// <summary>A moment that does not come: the value of a deadline that is not set.</summary>
    public static Instant Never => new(TimeSpan.MaxValue);

    /// <summary>
    /// The later moment that lies <paramref name="span"/> after <paramref name="instant"/>; <see cref="Never"/> stays never.
    /// </summary>
    public static Instant operator +(Instant instant, TimeSpan span) =>
        instant == Never || span == TimeSpan.MaxValue ? Never : new(instant.SinceStart + span);

    /// <summary>The time from <paramref name="right"/> to <paramref name="left"/>.</summary>
    public static TimeSpan operator -(Instant left, Instant right) => left.SinceStart - right.SinceStart;

    /// <summary>The earlier moment that lies <paramref name="span"/> before <paramref name="instant"/>.</summary>
    public static Instant operator -(Instant instant, TimeSpan span) => new(instant.SinceStart - span);

    /// <summary>Whether <paramref name="left"/> comes before <paramref name="right"/>.</summary>
    public static bool operator <(Instant left, Instant right) => left.SinceStart < right.SinceStart;

    /// <summary>Whether <paramref name="left"/> comes after <paramref name="right"/>.</summary>
    public static bool operator >(Instant left, Instant right) => left.SinceStart > right.SinceStart;

    /// <summary>Whether <paramref name="left"/> does not come after <paramref name="right"/>.</summary>
    public static bool operator <=(Instant left, Instant right) => left.SinceStart <= right.SinceStart;

    /// <summary>Whether <paramref name="left"/> does not come before <paramref name="right"/>.</summary>
    public static bool operator >=(Instant left, Instant right) => left.SinceStart >= right.SinceStart;

    /// <summary>The earlier of two moments.</summary>
    public static Instant Earlier(Instant left, Instant right) => left <= right ? left : right;

    /// <inheritdoc/>
    public int CompareTo(Instant other) => SinceStart.CompareTo(other.SinceStart);

    /// <inheritdoc/>
    public override string ToString() => this == Never ? "never" : $"{SinceStart.TotalSeconds:0.000}s";
}
