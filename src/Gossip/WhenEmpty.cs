using Gossip.Configuration;

namespace Gossip;

/// <summary>What a query answers when no instance matches it.</summary>
public sealed record WhenEmpty
{
    private WhenEmpty()
    {
    }

    /// <summary>No instances: <see cref="IServiceView.Pick"/> throws an explanation.</summary>
    public static WhenEmpty Nothing { get; } = new();

    /// <summary>
    /// The instances that matched last, for a limited time: for callers that prefer to try instances that may be gone over failing at once.
    /// After that, none.
    /// </summary>
    /// <param name="atMost">
    /// How long, by the container's <see cref="TimeProvider"/>: any span above zero, however long; <see cref="Timeout.InfiniteTimeSpan"/>
    /// for ever.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The time is not above zero.</exception>
    public static WhenEmpty LastKnown(TimeSpan atMost)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Timeouts.SpanOf(atMost), TimeSpan.Zero, nameof(atMost));
        return new WhenEmpty { LastKnownFor = Timeouts.SpanOf(atMost) };
    }

    /// <summary>The instances of another service.</summary>
    /// <param name="service">The name of that service.</param>
    /// <exception cref="ArgumentException"><paramref name="service"/> is empty.</exception>
    public static WhenEmpty Use(string service)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        return new WhenEmpty { Fallback = service };
    }

    internal TimeSpan LastKnownFor { get; private init; }

    internal string? Fallback { get; private init; }
}
