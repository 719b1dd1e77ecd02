using System.Collections.Concurrent;
using Gossip.Balancing;
using Gossip.Configuration;
using Gossip.Discovery;
using Gossip.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;

namespace Gossip.Yarp.Clusters;

/// <summary>The clusters of the gateway whose destinations come from the registry.</summary>
internal sealed class GatewayClusters
{
    private readonly ConcurrentDictionary<string, GatewayCluster> _clusters = new(StringComparer.OrdinalIgnoreCase);
    private readonly NamedPolicies _policies;

    public GatewayClusters(IServiceProvider services, IOptions<GossipGatewayOptions> options)
    {
        Options = options.Value;
        Discovery = Of<IServiceDiscovery>(services);
        Sources = Of<Sources>(services);
        Node = Of<GossipLifecycle>(services);
        _policies = ClusterServices.Chooses(Of<OptionsSource>(services).First);
    }

    public GossipGatewayOptions Options { get; }

    public IServiceDiscovery Discovery { get; }

    public Sources Sources { get; }

    public GossipLifecycle Node { get; }

    public ICollection<GatewayCluster> All => _clusters.Values;

    /// <summary>The cluster of that id; null when its destinations do not come from here.</summary>
    public GatewayCluster? Find(string id) => _clusters.GetValueOrDefault(id);

    /// <summary>Has clusters of exactly these ids. Called by one thread at a time.</summary>
    public void Keep(IReadOnlySet<string> ids)
    {
        foreach (var (id, _) in _clusters)
        {
            if (!ids.Contains(id))
                _clusters.TryRemove(id, out _);
        }

        foreach (var id in ids)
        {
            if (!_clusters.ContainsKey(id))
                _clusters[id] = Open(id);
        }
    }

    private GatewayCluster Open(string id)
    {
        var (query, template) = Options.Clusters.GetValueOrDefault(id, (GatewayCluster.QueryOf(id), new ClusterConfig { ClusterId = id }));
        var health = template.HealthCheck ?? new HealthCheckConfig();
        template = template with
        {
            ClusterId = id,
            LoadBalancingPolicy = template.LoadBalancingPolicy ?? GatewayCluster.Policy,
            HealthCheck = health with
            {
                AvailableDestinationsPolicy = health.AvailableDestinationsPolicy ?? GatewayCluster.Policy,
            },
        };
        return new GatewayCluster(Discovery, query, template, new Picker(_policies.For(query.Service), Sources.BalancingClock));
    }

    private T Of<T>(IServiceProvider services)
        where T : class => services.GetKeyedService<T>(Options.Key) ?? throw new InvalidOperationException(Options.Key is null
            ? "LoadFromGossip() needs the node of this process: call builder.AddGossip() too."
            : $"LoadFromGossip() needs the node of the cluster '{Options.Key}': "
                + $"call builder.Services.AddKeyedGossip(\"{Options.Key}\", section) too, or correct GossipGatewayOptions.Key.");
}
