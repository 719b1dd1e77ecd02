using Gossip.Discovery;
using Gossip.Yarp.Published;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Gossip.Yarp.Clusters;

/// <summary>
/// Tells YARP of the clusters that its routes name and nobody else defines, with the instances of the registry as destinations; of those
/// that the options define; and of the routes that services publish. Not every service of the cluster becomes one of YARP's: who joins
/// cannot make the gateway grow, nor take the id of a cluster that the operator defines, which would have YARP refuse its whole
/// configuration.
/// <para>
/// The other providers are asked first, and their tokens are part of this one's: when the operator's routes change, YARP loads both in one
/// go. No loop of its own runs here.
/// </para>
/// </summary>
internal sealed class GatewayConfigSource : IProxyConfigProvider
{
    private readonly IServiceProvider _services;
    private readonly GatewayClusters _clusters;
    private readonly PublishedRoutes _published;
    private IReadOnlyList<IProxyConfigProvider>? _others;
    private Config _newest = new([], [], new CancellationChangeToken(CancellationToken.None));
    private bool _isRead;

    public GatewayConfigSource(IServiceProvider services, GatewayClusters clusters, GatewayMeter meter, ILoggerFactory loggers)
    {
        _services = services;
        _clusters = clusters;
        _published = new PublishedRoutes(clusters.Options, clusters.Discovery, loggers.CreateLogger("Gossip"));
        Meter = meter;
        meter.Measure(clusters, () => (_published.Routes.Count, _published.Refused));
        clusters.Node.Finds += _published.Find;
    }

    private GatewayMeter Meter { get; }

    public IProxyConfig GetConfig()
    {
        // Another provider may ask all others too.
        if (_isRead)
            return _newest;
        _isRead = true;
        try
        {
            _newest = Read();
        }
        finally
        {
            _isRead = false;
        }

        Meter.Update();
        return _newest;
    }

    private Config Read()
    {
        _others ??= [.. _services.GetServices<IProxyConfigProvider>().Where(one => one != this)];
        IProxyConfig[] others = [.. _others.Select(one => one.GetConfig())];
        var defined = IdsOf(others.SelectMany(one => one.Clusters ?? []).Select(one => one.ClusterId));
        var routes = others.SelectMany(one => one.Routes ?? []).ToArray();
        _published.Read(defined, IdsOf(routes.Select(one => one.RouteId)));
        var wanted = IdsOf([
            .. _clusters.Options.Clusters.Keys,
            .. routes.Select(one => one.ClusterId).OfType<string>().Where(id => id.Length > 0),
            .. _published.Routes.Select(one => one.ClusterId!),
        ]);
        wanted.ExceptWith(defined);
        _clusters.Keep(wanted);
        GatewayCluster[] clusters = [.. wanted.Order(StringComparer.OrdinalIgnoreCase).Select(id => _clusters.Find(id)!)];
        var configs = Array.ConvertAll(clusters, one => one.ToConfig());
        var registry = new ViewChangeToken(
            () => _published.IsOutdated || Array.Exists(clusters, one => one.IsOutdated), _clusters.Sources);
        return new Config(
            _published.Routes, configs, new CompositeChangeToken([registry, .. others.Select(one => one.ChangeToken)]));
    }

    private static HashSet<string> IdsOf(IEnumerable<string> ids) => new(ids, StringComparer.OrdinalIgnoreCase);

    private sealed record Config(
        IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters, IChangeToken ChangeToken) : IProxyConfig;
}
