using System.Diagnostics;

namespace Gossip.Diagnostics;

/// <summary>
/// The traces of Gossip: spans of a node's life, and events and tags on the spans of those that call. Nothing is traced for each packet,
/// and nothing is made while nobody listens to the source.
/// </summary>
internal static class GossipActivity
{
    /// <summary>The name of the meter and of the source of activities, for OpenTelemetry's AddMeter and AddSource.</summary>
    public const string Name = "Gossip";

    /// <summary>The version of both.</summary>
    public static readonly string? Version = typeof(GossipActivity).Assembly.GetName().Version?.ToString(3);

    private static readonly ActivitySource Source = new(Name, Version);

    /// <summary>The span of a call that goes on, if it is recorded and somebody wants to know what Gossip adds.</summary>
    public static Activity? OfCaller => Source.HasListeners() && Activity.Current is { IsAllDataRequested: true } current ? current : null;

    /// <summary>Begins a span, to be disposed at its end; null when nobody listens.</summary>
    public static Activity? Start(string name) => Source.StartActivity(name);

    /// <summary>A span that is over.</summary>
    public static void Add(string name, DateTimeOffset from, DateTimeOffset to, string tag, object? value)
    {
        using var span = Source.StartActivity(name, ActivityKind.Internal, default(ActivityContext), [new(tag, value)], null, from);
        span?.SetEndTime(to.UtcDateTime);
    }
}
