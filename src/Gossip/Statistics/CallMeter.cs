using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gossip.Statistics;

/// <summary>
/// The instruments of calls by this process, by service. Other processes choose the names of services: so the first <see cref="Named"/>
/// that are called are told apart, and all others share one name. Nothing is allocated by a call.
/// </summary>
internal sealed class CallMeter
{
    /// <summary>For so many services calls are told apart: more than a process calls that is worth looking at.</summary>
    internal const int Named = 100;

    private readonly ConcurrentDictionary<string, ServiceCalls> _services = new(StringComparer.OrdinalIgnoreCase);
    private readonly ServiceCalls _others;

    /// <param name="meter">Makes the instruments.</param>
    /// <param name="zone">The zone of this process; null or empty when it has none.</param>
    public CallMeter(Meter meter, string? zone)
    {
        Zone = zone;
        Duration = meter.CreateHistogram(
            "gossip.call.duration", "s", "Calls of instances until their answer begins, by service and outcome.", null,
            new InstrumentAdvice<double>
            {
                // Those that OpenTelemetry's conventions give to requests of HTTP.
                HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
            });
        Picks = meter.CreateCounter<long>("gossip.call.picks", "{pick}", "Choices of an instance, by service and by its zone.");
        Retries = meter.CreateCounter<long>("gossip.call.retries", "{retry}", "Tries at another instance, by service.");
        Ejections = meter.CreateCounter<long>(
            "gossip.call.ejections", "{ejection}", "Times that an instance got no calls for a while as it had failed, by service.");
        _others = new ServiceCalls(this, "_OTHER");
    }

    /// <summary>Seconds.</summary>
    public Histogram<double> Duration { get; }

    public Counter<long> Picks { get; }

    public Counter<long> Retries { get; }

    public Counter<long> Ejections { get; }

    /// <summary>The zone of this process; null or empty when it has none.</summary>
    public string? Zone { get; }

    /// <summary>What measures the calls of a service; the same one for as long as the process runs.</summary>
    public ServiceCalls Of(string service)
    {
        if (_services.TryGetValue(service, out var known))
            return known;
        // Threads that come together may keep a few more than that, and no harm is done.
        return _services.Count < Named ? _services.GetOrAdd(service, static (name, meter) => new ServiceCalls(meter, name), this) : _others;
    }
}
