using System.Diagnostics.Metrics;
using Gossip.Configuration;
using Gossip.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Gossip.Yarp.Clusters;

/// <summary>The instruments of the gateway. Its requests are calls, and measured as such.</summary>
internal sealed class GatewayMeter
{
    private readonly Meter _meter;
    private readonly Counter<long> _updates;

    public GatewayMeter(IServiceProvider services, IOptions<GossipGatewayOptions> options)
    {
        _meter = ClusterServices.MeterOf(services, services.GetRequiredKeyedService<OptionsSource>(options.Value.Key).First);
        _updates = _meter.CreateCounter<long>(
            "gossip.gateway.updates", "{update}", "Times that YARP was told of other clusters, destinations or routes.");
    }

    /// <summary>Begins to tell what there is.</summary>
    /// <param name="clusters">The clusters.</param>
    /// <param name="routes">How many published routes are used, and how many are not.</param>
    public void Measure(GatewayClusters clusters, Func<(int Used, int Refused)> routes)
    {
        _meter.CreateObservableUpDownCounter(
            "gossip.gateway.clusters", () => clusters.All.Count, "{cluster}", "Clusters of YARP with instances of the registry.");
        _meter.CreateObservableUpDownCounter(
            "gossip.gateway.destinations",
            () => clusters.All.SelectMany(one => one.States).GroupBy(state => state)
                .Select(group => new Measurement<int>(group.Count(), new KeyValuePair<string, object?>("gossip.service.state", group.Key))),
            "{destination}", "Destinations of YARP that are instances of the registry, by state.");
        _meter.CreateObservableUpDownCounter(
            "gossip.gateway.routes",
            () =>
            {
                var (used, refused) = routes();
                return (Measurement<int>[])
                [
                    new(used, new KeyValuePair<string, object?>("gossip.route.verdict", "used")),
                    new(refused, new KeyValuePair<string, object?>("gossip.route.verdict", "refused")),
                ];
            },
            "{route}", "Routes that services publish, by whether they are used.");
    }

    /// <summary>YARP is told something else.</summary>
    public void Update() => _updates.Add(1);
}
