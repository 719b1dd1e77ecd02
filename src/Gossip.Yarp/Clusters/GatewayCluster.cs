using System.Net;
using Gossip.Balancing;
using Gossip.Diagnostics;
using Gossip.Discovery;
using Gossip.Http;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Gossip.Yarp.Clusters;

/// <summary>
/// A cluster of YARP whose destinations are the instances that a query means. YARP is told of those too that want no traffic, so that what
/// it keeps of a destination outlives a drain or a bad moment; the policy for available destinations keeps requests away from them.
/// </summary>
internal sealed class GatewayCluster
{
    /// <summary>What both policies of such clusters are called: that which balances, and that for available destinations.</summary>
    public const string Policy = "Gossip";

    private readonly IServiceDiscovery _discovery;
    private readonly ClusterConfig _template;
    private readonly IServiceView _wanted;
    private readonly IServiceView _all;
    private readonly string[] _schemes;
    private readonly string? _host;
    private readonly Picker _picker;
    private GatewayCandidates _candidates = GatewayCandidates.None;
    private Shape _shape = Shape.None;
    private Roles _roles = new([], false);

    /// <param name="discovery">Where the instances are known.</param>
    /// <param name="query">Which of them.</param>
    /// <param name="template">What else YARP knows of the cluster.</param>
    /// <param name="picker">Chooses among them.</param>
    public GatewayCluster(IServiceDiscovery discovery, ServiceQuery query, ClusterConfig template, Picker picker)
    {
        _discovery = discovery;
        _template = template;
        _picker = picker;
        _schemes = query.Scheme is null ? ["https", "http"] : [query.Scheme];
        _host = CalledName.Obstacle(query.Service) is null ? new CalledName(query.Service, null).Ascii : null;
        var entered = query with { Where = one => Enter(one, query.Endpoint) is not null && query.Where?.Invoke(one) != false };
        _wanted = discovery.Open(entered with { IncludeUnavailable = false });
        _all = discovery.Open(entered with { IncludeUnavailable = true, Prefer = null, WhenEmpty = WhenEmpty.Nothing });
    }

    /// <summary>The service whose instances these are.</summary>
    public string Service => _wanted.Query.Service;

    /// <summary>Whether the registry tells something else than <see cref="ToConfig"/> did.</summary>
    public bool IsOutdated => !_shape.IsOf(_wanted.Instances, _all.Instances);

    /// <summary>
    /// Whether any instance declares roles of callers, be it one that takes no calls: YARP may still send it one that it has chosen before.
    /// For the same reason what the last ones declared holds when there are none any more.
    /// </summary>
    public bool HasRoles
    {
        get
        {
            var roles = Volatile.Read(ref _roles);
            var instances = _discovery.Current.GetAllInstances(Service);
            if (ReferenceEquals(roles.Of, instances))
                return roles.AreThere;
            var areThere = instances.Count == 0 ? roles.AreThere : instances.Any(one => one.AuthorizedRoles.Count > 0);
            Volatile.Write(ref _roles, new(instances, areThere));
            return areThere;
        }
    }

    /// <summary>The states of its destinations, by the last <see cref="ToConfig"/>.</summary>
    public IEnumerable<string> States => _shape.Config.Destinations!.Values.Select(one => one.Metadata![DestinationMetadata.State]);

    /// <summary>The query that a cluster's id means by itself, in the grammar of calls by name: "payments", or "_admin.payments".</summary>
    public static ServiceQuery QueryOf(string id)
    {
        var name = CalledName.Read(id);
        return new ServiceQuery(name.Service) { Endpoint = name.Endpoint };
    }

    /// <summary>The cluster as of now: the same object while nothing has changed. Called by one thread at a time.</summary>
    public ClusterConfig ToConfig()
    {
        var (wanted, all) = (_wanted.Instances, _all.Instances);
        if (!_shape.IsOf(wanted, all))
            _shape = Make(wanted, all);
        return _shape.Config;
    }

    /// <summary>The instance of a destination; null when it is none of the registry's, or has gone long ago.</summary>
    public ServiceInstance? Find(DestinationState destination)
    {
        var (shape, id) = (_shape, DestinationMetadata.IdOf(destination));
        return shape.Instances.GetValueOrDefault(id) ?? shape.Before.GetValueOrDefault(id);
    }

    /// <summary>Chooses a destination; null when the registry offers none of those that are available.</summary>
    /// <param name="available">Those that YARP holds for available.</param>
    /// <param name="isShared">Whether the same list is asked about again and again.</param>
    /// <param name="call">The call.</param>
    public DestinationState? Pick(IReadOnlyList<DestinationState> available, bool isShared, CallContext call)
    {
        var wanted = _wanted.Instances;
        var candidates = Volatile.Read(ref _candidates);
        if (!candidates.IsOf(available, wanted))
        {
            candidates = GatewayCandidates.Make(available, wanted);
            if (isShared)
                Volatile.Write(ref _candidates, candidates);
        }

        if (candidates.Instances.Length == 0)
            return null;
        var chosen = _picker.Pick(candidates.Instances, call);
        if (chosen is null || Picker.IsIn(call.Tried, chosen))
            return null;
        chosen.Statistics.Calls?.Pick(chosen, call.Zone);
        if (GossipActivity.OfCaller is { } span)
            PickEvent.Add(span, _wanted.Query, _picker.Selector, candidates.Instances.Length, chosen, 1 + (call.Tried?.Count ?? 0));
        return candidates.DestinationOf(chosen);
    }

    /// <summary>
    /// Names a destination among all of its cluster, for as long as the process of the instance lives: what is written in a cookie of
    /// session affinity, and what YARP's health and counts go by.
    /// </summary>
    public static string IdOf(ServiceInstance instance) =>
        instance.NodeId is { } node ? $"{instance.InstanceId}@{node}" : instance.InstanceId;

    /// <summary>By the rules of calls by name: https where the instance has it, unless the query says otherwise.</summary>
    private ServiceEndpoint? Enter(ServiceInstance instance, string? endpoint)
    {
        foreach (var scheme in _schemes)
        {
            if (ServiceRoute.Find(instance, endpoint, scheme) is { } found)
                return found;
        }

        return null;
    }

    private Shape Make(IReadOnlyList<ServiceInstance> wanted, IReadOnlyList<ServiceInstance> all)
    {
        // Ids that differ in case alone are one to YARP: the first counts.
        var instances = new Dictionary<string, ServiceInstance>(StringComparer.OrdinalIgnoreCase);
        foreach (var one in wanted.Concat(all.Where(one => !one.WantsTraffic)))
            instances.TryAdd(IdOf(one), one);
        var destinations = new Dictionary<string, DestinationConfig>(instances.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var (id, instance) in instances)
        {
            if (ReferenceEquals(_shape.Instances.GetValueOrDefault(id), instance)
                && _shape.Config.Destinations!.TryGetValue(id, out var unchanged))
                destinations.Add(id, unchanged);
            else if (Enter(instance, _wanted.Query.Endpoint) is { Uri: { } address } endpoint)
                destinations.Add(id, ToDestination(id, instance, endpoint, address));
        }

        return new Shape(wanted, all, _template with { Destinations = destinations }, instances, _shape.Instances);
    }

    /// <summary>The name stays, as in calls by name: a service knows by it who was called, and its certificate has it.</summary>
    private DestinationConfig ToDestination(string id, ServiceInstance instance, ServiceEndpoint endpoint, Uri address) => new()
    {
        Address = address.AbsoluteUri,
        Host = IPAddress.TryParse(endpoint.Host, out _) ? _host : null,
        Metadata = DestinationMetadata.Of(instance, id),
    };

    private sealed record Roles(IReadOnlyList<ServiceInstance> Of, bool AreThere);

    private sealed record Shape(
        IReadOnlyList<ServiceInstance> Wanted, IReadOnlyList<ServiceInstance> All, ClusterConfig Config,
        Dictionary<string, ServiceInstance> Instances, Dictionary<string, ServiceInstance> Before)
    {
        public static Shape None { get; } = new(
            [], [], new ClusterConfig { Destinations = new Dictionary<string, DestinationConfig>() }, [], []);

        public bool IsOf(IReadOnlyList<ServiceInstance> wanted, IReadOnlyList<ServiceInstance> all) =>
            !ReferenceEquals(this, None) && Projection.AreSame(Wanted, wanted) && Projection.AreSame(All, all);
    }
}
