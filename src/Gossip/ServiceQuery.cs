using Gossip.Balancing;

namespace Gossip;

/// <summary>
/// Which instances of a service are wanted. What is not set does not matter.
/// </summary>
public sealed record ServiceQuery
{
    /// <param name="service">The service's name, compared without case.</param>
    public ServiceQuery(string service) => Service = service;

    /// <summary>The service's name, compared without case.</summary>
    public string Service { get; init; }

    /// <summary>The name of an endpoint that the instance must have, compared without case.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The scheme that the endpoint must have, such as "https", compared without case.</summary>
    public string? Scheme { get; init; }

    /// <summary>The versions that will do.</summary>
    public VersionRange? Version { get; init; }

    /// <summary>A tag that the instance must have.</summary>
    public string? Tag { get; init; }

    /// <summary>The zone that it must run in.</summary>
    public string? Zone { get; init; }

    /// <summary>The region that it must run in.</summary>
    public string? Region { get; init; }

    /// <summary>What it must be part of, such as "Production"; compared without case.</summary>
    public string? Environment { get; init; }

    /// <summary>What else must be true of it, such as of its metadata. Called once for each instance after each change of the
    /// service. An instance at which it throws does not match: the view logs that once, and goes on.</summary>
    public Func<ServiceInstance, bool>? Where { get; init; }

    /// <summary>
    /// What is wished but not required: of the instances that match, those for which it is true, or all of them when it is true for none.
    /// One at which it throws is not wished for: the view logs that once, and goes on.
    /// </summary>
    public Func<ServiceInstance, bool>? Prefer { get; init; }

    /// <summary>
    /// Whether instances that want no traffic are wanted too: those that are starting, draining, unhealthy or out of reach, and those
    /// whose endpoints are all refused.
    /// </summary>
    public bool IncludeUnavailable { get; init; }

    /// <summary>What to do when no instance matches.</summary>
    public WhenEmpty WhenEmpty { get; init; } = WhenEmpty.Nothing;

    /// <summary>Whether an instance matches all that is required. What <see cref="Where"/> throws goes to the caller.</summary>
    public bool Matches(ServiceInstance instance)
    {
        ArgumentNullException.ThrowIfNull(instance);
        return string.Equals(instance.Service, Service, StringComparison.OrdinalIgnoreCase) && Rejects(instance) is null;
    }

    /// <summary>Whether every instance of the service that wants traffic will do.</summary>
    internal bool TakesAll =>
        Endpoint is null && Scheme is null && Version is null && Tag is null && Zone is null && Region is null && Environment is null
        && Where is null && Prefer is null;

    /// <summary>The endpoint of an instance that the query means; null when it has none.</summary>
    internal ServiceEndpoint? EndpointOf(ServiceInstance instance)
    {
        var endpoints = instance.Endpoints;
        for (var i = 0; i < endpoints.Count; i++)
        {
            if (IsUnsetOr(Endpoint, endpoints[i].Name) && IsUnsetOr(Scheme, endpoints[i].Scheme))
                return endpoints[i];
        }

        return null;
    }

    /// <summary>The rule of the first requirement that an instance of the service does not meet; null when it meets them all.</summary>
    internal InstanceRule? Excludes(ServiceInstance instance)
    {
        if (!IncludeUnavailable && !instance.WantsTraffic)
            return instance.IsOutOfReach ? InstanceRule.OutOfReach : instance.IsRefused ? InstanceRule.RefusedEndpoint : Of(instance.State);
        if ((Endpoint ?? Scheme) is not null && EndpointOf(instance) is null)
            return InstanceRule.Endpoint;
        if (Version is not null && !Version.Contains(instance.Version))
            return InstanceRule.Version;
        if (Tag is not null && !instance.Tags.Contains(Tag))
            return InstanceRule.Tag;
        if (Zone is not null && Zone != instance.Zone)
            return InstanceRule.Zone;
        if (Region is not null && Region != instance.Region)
            return InstanceRule.Region;
        if (!IsUnsetOr(Environment, instance.Environment))
            return InstanceRule.Environment;
        return Where is null || Where(instance) ? null : InstanceRule.Predicate;
    }

    /// <summary>The same in words for people, which follow "it is"; null when it meets them all.</summary>
    internal string? Rejects(ServiceInstance instance) => Excludes(instance) switch
    {
        null => null,
        InstanceRule.OutOfReach => "out of reach",
        InstanceRule.RefusedEndpoint => Refusal(instance),
        InstanceRule.Endpoint => (Endpoint is null ? $"without an endpoint of scheme {Scheme}" : $"without the endpoint '{Endpoint}'")
            + (instance.RefusedEndpoints.Count > 0 ? " and " + Refusal(instance) : ""),
        InstanceRule.Version => $"not of version {Version}",
        InstanceRule.Tag => $"without the tag '{Tag}'",
        InstanceRule.Zone => $"not in zone '{Zone}'",
        InstanceRule.Region => $"not in region '{Region}'",
        InstanceRule.Environment => $"not in environment '{Environment}'",
        InstanceRule.Predicate => "ruled out by the query's predicate",
        _ => Words(instance.State),
    };

    private static string Refusal(ServiceInstance instance) =>
        $"with an address that is refused ({string.Join(", ", instance.RefusedEndpoints.Take(3))}, of a node at {instance.Owner!.Address})";

    private static bool IsUnsetOr(string? wanted, string? given) =>
        wanted is null || string.Equals(wanted, given, StringComparison.OrdinalIgnoreCase);

    private static InstanceRule Of(ServiceState state) =>
        state == ServiceState.Draining ? InstanceRule.Draining : InstanceRule.NotReady;

    private static string Words(ServiceState state) => state switch
    {
        ServiceState.Starting => "starting",
        ServiceState.Draining => "draining",
        ServiceState.Unhealthy => "unhealthy",
        _ => "unavailable",
    };
}
