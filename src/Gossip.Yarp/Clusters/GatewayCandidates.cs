using Yarp.ReverseProxy.Model;

namespace Gossip.Yarp.Clusters;

/// <summary>
/// The instances that are both available to YARP and offered by the registry, with their destinations. The registry may be ahead by the
/// moment that YARP takes for an update: so nothing goes to an instance that has just said that it drains. It is kept while both lists are
/// the same, as the selectors keep what they know of a list of candidates.
/// </summary>
internal sealed class GatewayCandidates
{
    private readonly IReadOnlyList<DestinationState> _available;
    private readonly IReadOnlyList<ServiceInstance> _wanted;
    private readonly Dictionary<ServiceInstance, DestinationState> _destinations;

    private GatewayCandidates(
        IReadOnlyList<DestinationState> available, IReadOnlyList<ServiceInstance> wanted,
        Dictionary<ServiceInstance, DestinationState> destinations)
    {
        _available = available;
        _wanted = wanted;
        _destinations = destinations;
        Instances = [.. wanted.Where(destinations.ContainsKey)];
    }

    public static GatewayCandidates None { get; } = new([], [], []);

    /// <summary>In the registry's order.</summary>
    public ServiceInstance[] Instances { get; }

    public static GatewayCandidates Make(IReadOnlyList<DestinationState> available, IReadOnlyList<ServiceInstance> wanted)
    {
        var byId = new Dictionary<string, DestinationState>(available.Count, StringComparer.OrdinalIgnoreCase);
        foreach (var one in available)
            byId.TryAdd(DestinationMetadata.IdOf(one), one);
        var destinations = new Dictionary<ServiceInstance, DestinationState>(ReferenceEqualityComparer.Instance);
        foreach (var one in wanted)
        {
            // Each destination stands for one instance.
            if (byId.Remove(GatewayCluster.IdOf(one), out var destination))
                destinations.Add(one, destination);
        }

        return new GatewayCandidates(available, wanted, destinations);
    }

    public bool IsOf(IReadOnlyList<DestinationState> available, IReadOnlyList<ServiceInstance> wanted) =>
        ReferenceEquals(_available, available) && ReferenceEquals(_wanted, wanted);

    public DestinationState DestinationOf(ServiceInstance instance) => _destinations[instance];
}
