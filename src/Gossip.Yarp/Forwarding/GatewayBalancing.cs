using Gossip.Yarp.Clusters;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Gossip.Yarp.Forwarding;

/// <summary>
/// YARP's policy "Gossip": chooses a destination as calls by name choose an instance, by the policy that the configuration has for the
/// service, with zones, weights, slow start and ejection.
/// </summary>
internal sealed class GatewayBalancing(GatewayClusters clusters) : ILoadBalancingPolicy
{
    public string Name => GatewayCluster.Policy;

    public DestinationState? PickDestination(
        HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        if (clusters.Find(cluster.ClusterId) is not { } known)
            return LessBusyOfTwo(availableDestinations);
        var call = new CallContext { Key = clusters.Options.KeySelector?.Invoke(context), Request = context };
        var isShared = ReferenceEquals(availableDestinations, cluster.DestinationsState.AvailableDestinations);
        return known.Pick(availableDestinations, isShared, call);
    }

    /// <summary>A cluster of the operator's own may name the policy too: of its destinations YARP's counts are known.</summary>
    private static DestinationState? LessBusyOfTwo(IReadOnlyList<DestinationState> available)
    {
        if (available.Count == 0)
            return null;
        var (one, other) = (available[Random.Shared.Next(available.Count)], available[Random.Shared.Next(available.Count)]);
        return one.ConcurrentRequestCount <= other.ConcurrentRequestCount ? one : other;
    }
}
