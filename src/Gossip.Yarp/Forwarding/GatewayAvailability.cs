using Gossip.Yarp.Clusters;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Gossip.Yarp.Forwarding;

/// <summary>
/// Keeps new requests from destinations whose instances drain, start or are unhealthy by their own word, and, as YARP's default does, from
/// those that its own active or passive health checks hold for unhealthy. What a draining destination works on goes on.
/// </summary>
internal sealed class GatewayAvailability : IAvailableDestinationsPolicy
{
    public string Name => GatewayCluster.Policy;

    public IReadOnlyList<DestinationState> GetAvailalableDestinations(
        ClusterConfig config, IReadOnlyList<DestinationState> allDestinations)
    {
        var active = config.HealthCheck?.Active?.Enabled == true;
        var passive = config.HealthCheck?.Passive?.Enabled == true;
        return [.. allDestinations.Where(one => IsAvailable(one, active, passive))];
    }

    internal static bool IsAvailable(DestinationState one, bool active, bool passive) =>
        DestinationMetadata.IsWanted(one.Model.Config.Metadata)
        && !(active && one.Health.Active == DestinationHealth.Unhealthy)
        && !(passive && one.Health.Passive == DestinationHealth.Unhealthy);
}
