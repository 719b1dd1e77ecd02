using Gossip.Yarp.Clusters;
using Gossip.Yarp.Published;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Configuration;

namespace Gossip.Yarp;

/// <summary>
/// How a gateway with YARP uses the registry. A route whose <see cref="RouteConfig.ClusterId"/> is the name of a service needs nothing of
/// this: the cluster of that name is there.
/// </summary>
public sealed class GossipGatewayOptions
{
    private readonly Dictionary<string, (ServiceQuery Query, ClusterConfig Template)> _clusters = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<RoutePermission> _permissions = [];

    /// <summary>
    /// Whose services: the key that was given to <c>AddKeyedGossip()</c>; null, the default, for the cluster of <c>AddGossip()</c>.
    /// </summary>
    public string? Key { get; set; }

    /// <summary>
    /// Whether callers need one of the roles that the called service declares (<see cref="ServiceRecord.AuthorizedRoles"/>), as
    /// <c>RequireDiscoveredRoles()</c> asks for them; by default they do. Without, it is left to the services and to the policies of the
    /// routes. A service that declares none is open to whomever the route lets in.
    /// </summary>
    public bool EnforceRoles { get; set; } = true;

    /// <summary>
    /// The key of a request, see <see cref="CallContext.Key"/>: from its path, a header or its user. Null for no keys. Called once for each
    /// choice of a destination.
    /// </summary>
    public Func<HttpContext, string?>? KeySelector { get; set; }

    internal IReadOnlyDictionary<string, (ServiceQuery Query, ClusterConfig Template)> Clusters => _clusters;

    internal IReadOnlyList<RoutePermission> Permissions => _permissions;

    /// <summary>
    /// Says what a cluster is: which instances it has, and how YARP treats them. A cluster of that id that stands in the configuration of
    /// YARP, or comes from another provider, has the last word.
    /// </summary>
    /// <param name="id">The id, as routes name it; compared without case.</param>
    /// <param name="query">
    /// Which instances, such as those of a range of versions, with a tag or in a zone; null for all of the service that is called as the
    /// cluster. <see cref="ServiceQuery.Scheme"/> is "http" or "https"; where it is not set, https is taken where an instance has it.
    /// </param>
    /// <param name="configure">
    /// Sets what else YARP knows of a cluster: session affinity, health checks, the HTTP client, another policy than "Gossip". It is called
    /// once, at the start, and its destinations are not used.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="id"/> is empty, or the query has another scheme.</exception>
    public GossipGatewayOptions AddCluster(
        string id, ServiceQuery? query = null, Func<ClusterConfig, ClusterConfig>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        if (query is { Scheme: { } scheme and not ("http" or "https") })
            throw new ArgumentException($"'{scheme}' is no scheme that YARP speaks: use \"http\" or \"https\", or none.", nameof(query));
        var template = new ClusterConfig { ClusterId = id };
        _clusters[id] = (query ?? GatewayCluster.QueryOf(id), configure?.Invoke(template) ?? template);
        return this;
    }

    /// <summary>
    /// Lets a service publish routes to itself, by metadata <c>gossip.route</c> (and <c>gossip.route.2</c>, or any other ending) of its
    /// instances, as in <c>/pay/{**rest};strip=/pay</c>. Without such a permission no route of a service is used.
    /// </summary>
    /// <param name="service">The service's name, compared without case.</param>
    /// <param name="pathPrefixes">
    /// Below which paths, such as "/pay": whole segments, compared without case. "{service}" stands for the name of the service.
    /// </param>
    /// <exception cref="ArgumentException">There is no prefix, or one that is no path of letters, digits, '-', '.', '_', '~'.</exception>
    public GossipGatewayOptions AllowPublishedRoutes(string service, params string[] pathPrefixes)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(service);
        return AllowPublishedRoutes(one => string.Equals(one, service, StringComparison.OrdinalIgnoreCase), pathPrefixes);
    }

    /// <summary>
    /// As the overload for one service, for all of which something holds. Services that may publish below the same prefix can take paths
    /// from each other, by a more specific route: give each its own, as "/{service}" does. Of two that publish the same, the one wins that
    /// was allowed first, and else the one whose name sorts first.
    /// </summary>
    /// <param name="services">Whether the service of that name may. A service for which it throws may not.</param>
    /// <param name="pathPrefixes">Below which paths.</param>
    /// <exception cref="ArgumentException">There is no prefix, or one that is no path of letters, digits, '-', '.', '_', '~'.</exception>
    public GossipGatewayOptions AllowPublishedRoutes(Func<string, bool> services, params string[] pathPrefixes)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(pathPrefixes);
        if (pathPrefixes.Length == 0)
            throw new ArgumentException("Name the paths below which the service may publish, such as \"/pay\".", nameof(pathPrefixes));
        foreach (var prefix in pathPrefixes)
            _permissions.Add(new RoutePermission(services, prefix));
        return this;
    }
}
