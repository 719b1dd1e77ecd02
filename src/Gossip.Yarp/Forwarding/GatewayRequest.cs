using Gossip.Yarp.Clusters;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Model;

namespace Gossip.Yarp.Forwarding;

/// <summary>A request to the gateway, and what YARP has chosen for it.</summary>
internal readonly record struct GatewayRequest(
    HttpContext Http, IReverseProxyFeature Proxy, GatewayCluster Cluster, GossipGatewayOptions Options)
{
    /// <summary>The caller has gone.</summary>
    public bool IsGivenUp => Http.RequestAborted.IsCancellationRequested;

    /// <summary>
    /// Chooses a destination in place of one that could not be reached, and tells YARP, whose passive health checks then judge the one that
    /// answers. An affinity to the first does not hold: it could not be kept.
    /// </summary>
    public DestinationState? PickAnother(ServiceInstance tried)
    {
        var health = Proxy.Cluster.Config.HealthCheck;
        var (active, passive) = (health?.Active?.Enabled == true, health?.Passive?.Enabled == true);
        DestinationState[] available = [.. Proxy.AllDestinations.Where(one => GatewayAvailability.IsAvailable(one, active, passive))];
        var call = new CallContext { Key = Options.KeySelector?.Invoke(Http), Request = Http, Tried = [tried] };
        if (Cluster.Pick(available, isShared: false, call) is not { } other)
            return null;
        Proxy.ProxiedDestination = other;
        return other;
    }
}
