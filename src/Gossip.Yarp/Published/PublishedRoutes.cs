using System.Runtime.CompilerServices;
using Gossip.Snapshots;
using Gossip.Yarp.Clusters;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;

namespace Gossip.Yarp.Published;

/// <summary>
/// The routes that services publish and the operator allows. Which of two wins follows from the operator's permissions and from names
/// alone, so that all gateways decide alike, whatever they heard first.
/// </summary>
internal sealed partial class PublishedRoutes(GossipGatewayOptions options, IServiceDiscovery discovery, ILogger logger)
{
    private const int MostOfService = 16;
    private const int MostInAll = 1_000;

    /// <summary>For so many refusals each is told once in the log; metrics and doctor go on behind that.</summary>
    private const int MostTold = 256;

    private const int MostFound = 20;

    /// <summary>What the instances of a service say, read once for each group of them.</summary>
    private readonly ConditionalWeakTable<ServiceGroup, string[]> _said = [];

    private readonly HashSet<RefusedRoute> _told = [];
    private List<Claim> _claims = [];
    private HashSet<string> _takenClusters = [];
    private HashSet<string> _takenRoutes = [];
    private IReadOnlyList<RefusedRoute> _refused = [];

    /// <summary>The routes that are used, by the last <see cref="Read"/>.</summary>
    public IReadOnlyList<RouteConfig> Routes { get; private set; } = [];

    /// <summary>How many are not.</summary>
    public int Refused => _refused.Count;

    /// <summary>Whether services say something else than at the last <see cref="Read"/>.</summary>
    public bool IsOutdated => options.Permissions.Count > 0 && !_claims.SequenceEqual(Claims());

    /// <summary>Decides anew. Called by one thread at a time.</summary>
    /// <param name="clusters">The clusters that others define: no route leads there because a service is called so.</param>
    /// <param name="routes">The ids of the routes that others define.</param>
    public void Read(HashSet<string> clusters, HashSet<string> routes)
    {
        if (options.Permissions.Count == 0)
            return;
        var claims = Claims();
        // Apart: what was the id of a route, and is now that of a cluster too, takes that cluster from a service.
        if (_claims.SequenceEqual(claims) && _takenClusters.SetEquals(clusters) && _takenRoutes.SetEquals(routes))
            return;
        (_claims, _takenClusters, _takenRoutes) = (claims, [.. clusters], [.. routes]);
        Decide(clusters, routes);
        foreach (var one in _refused)
        {
            if (_told.Count < MostTold && _told.Add(one))
                RouteRefused(logger, one.Service, one.Text, one.Because);
        }
    }

    /// <summary>What the doctor says of those that are refused.</summary>
    public IEnumerable<GossipFinding> Find()
    {
        var refused = _refused;
        foreach (var one in refused.Take(MostFound))
            yield return Finding($"'{one.Service}' publishes the route '{one.Text}', which is not used: {one.Because}.");
        if (refused.Count > MostFound)
            yield return Finding($"{refused.Count - MostFound} further published routes are not used.");
    }

    private static GossipFinding Finding(string what) => new(
        FindingSeverity.Warning, "route-refused", what,
        "Correct gossip.route in the metadata of the service, or what AllowPublishedRoutes() of this gateway allows.");

    private void Decide(HashSet<string> clusters, HashSet<string> others)
    {
        var (refused, good) = (new List<RefusedRoute>(), new List<(int Rule, PublishedRoute Route)>());
        foreach (var (service, text) in _claims)
        {
            if (clusters.Contains(service))
                refused.Add(RefusedRoute.Of(service, text, $"'{service}' is a cluster of the gateway's own configuration"));
            else if (GatewayCluster.QueryOf(service) is var query && (query.Endpoint is not null || query.Service != service))
                refused.Add(RefusedRoute.Of(service, text, "to callers by name, its name means another service, or an endpoint of one"));
            else if (PublishedRoute.Read(service, text, out var route) is { } wrong)
                refused.Add(RefusedRoute.Of(service, text, wrong));
            else if (RuleOf(route) is not { } rule)
                refused.Add(RefusedRoute.Of(service, text, "the gateway does not allow that path to that service"));
            else
                good.Add((rule, route));
        }

        var winners = new Dictionary<string, PublishedRoute>(StringComparer.Ordinal);
        foreach (var (_, route) in good.OrderBy(one => one.Rule).ThenBy(one => one.Route.Service, StringComparer.OrdinalIgnoreCase)
            .ThenBy(one => one.Route.Text, StringComparer.Ordinal))
        {
            if (winners.TryGetValue(route.Matched, out var winner))
                refused.Add(RefusedRoute.Of(route.Service, route.Text, $"'{winner.Service}' publishes the same, as '{winner.Text}'"));
            else if (winners.Count == MostInAll)
                refused.Add(RefusedRoute.Of(route.Service, route.Text, $"there are {MostInAll} published routes already"));
            else if (others.Contains(route.Id))
                refused.Add(RefusedRoute.Of(route.Service, route.Text, "the gateway's own configuration has a route of that id"));
            else
                winners[route.Matched] = route;
        }

        Routes = [.. winners.Values.Select(route => route.ToConfig())];
        Volatile.Write(ref _refused, refused);
    }

    /// <summary>The first permission that a route has; null when it has none.</summary>
    private int? RuleOf(PublishedRoute route)
    {
        for (var i = 0; i < options.Permissions.Count; i++)
        {
            if (options.Permissions[i].Covers(route.Service) && options.Permissions[i].Covers(route.Service, route.Segments))
                return i;
        }

        return null;
    }

    /// <summary>
    /// What the services say that may publish anything. An instance that drains or starts speaks for its service too: callers then get 503
    /// and not 404.
    /// </summary>
    private List<Claim> Claims()
    {
        var claims = new List<Claim>();
        var snapshot = discovery.Current;
        foreach (var service in snapshot.Services)
        {
            if (options.Permissions.Any(one => one.Covers(service)) && snapshot.Find(service) is { } group)
                claims.AddRange(_said.GetValue(group, Said).Select(text => new Claim(service, text)));
        }

        return claims;
    }

    /// <summary>Sorted, so that what is left out beyond the bound is the same at all gateways.</summary>
    private static string[] Said(ServiceGroup group) =>
    [
        .. group.All.SelectMany(one => one.Metadata).Where(pair => PublishedRoute.IsKey(pair.Key)).Select(pair => pair.Value)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MostOfService),
    ];

    [LoggerMessage(120, LogLevel.Warning, "'{Service}' publishes the route '{Route}', which is not used: {Reason}. "
        + "Correct its metadata, or what AllowPublishedRoutes() allows")]
    private static partial void RouteRefused(ILogger logger, string service, string route, string reason);

    private readonly record struct Claim(string Service, string Text);
}
