namespace Gossip.Statistics;

/// <summary>Measures the calls of one service, or of all those that are not told apart. From any thread.</summary>
internal sealed class ServiceCalls(CallMeter meter, string service)
{
    /// <summary>The name that OpenTelemetry's conventions give to the service that is called.</summary>
    public const string ServiceTag = "peer.service";

    private const string ZoneTag = "gossip.call.zone";
    private const float Second = 1_000;

    /// <summary>By <see cref="CallOutcome"/>.</summary>
    private static readonly KeyValuePair<string, object?>[] Outcomes =
    [
        new("gossip.call.outcome", "answered"),
        new("gossip.call.outcome", "failed"),
        new("gossip.call.outcome", "unreachable"),
        new("gossip.call.outcome", "abandoned"),
        new("gossip.call.outcome", "erred"),
    ];

    private static readonly KeyValuePair<string, object?> SameZone = new(ZoneTag, "same");
    private static readonly KeyValuePair<string, object?> OtherZone = new(ZoneTag, "other");
    private static readonly KeyValuePair<string, object?> NoZone = new(ZoneTag, "unknown");

    private readonly KeyValuePair<string, object?> _service = new(ServiceTag, service);

    public string Service => service;

    /// <summary>A call has ended.</summary>
    /// <param name="took">Milliseconds until its answer began.</param>
    /// <param name="outcome">How it ended; none that the application invents.</param>
    public void End(float took, CallOutcome outcome)
    {
        if (meter.Duration.Enabled && (uint)outcome < Outcomes.Length)
            meter.Duration.Record(took / Second, _service, Outcomes[(int)outcome]);
    }

    /// <summary>An instance was chosen.</summary>
    /// <param name="chosen">Which.</param>
    /// <param name="zone">The caller's zone; null for that of this process.</param>
    public void Pick(ServiceInstance chosen, string? zone)
    {
        if (!meter.Picks.Enabled)
            return;
        zone ??= meter.Zone;
        var isKnown = !string.IsNullOrEmpty(zone) && !string.IsNullOrEmpty(chosen.Zone);
        meter.Picks.Add(1, _service, !isKnown ? NoZone : chosen.Zone == zone ? SameZone : OtherZone);
    }

    /// <summary>A call is tried at another instance.</summary>
    public void Retry() => meter.Retries.Add(1, _service);

    /// <summary>An instance gets no calls for a while.</summary>
    public void Eject() => meter.Ejections.Add(1, _service);
}
