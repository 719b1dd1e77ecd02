using Gossip.AspNetCore.Health;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the readiness of a Gossip node to the health checks.</summary>
public static class GossipHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a readiness check: unhealthy until the node has the state of the cluster (or holds itself for the first node, after
    /// <c>Gossip:SyncTimeout</c> or 5 s), and again when the process drains. It never fails because of other nodes, and the state of the
    /// own instance does not depend on it.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="key">Which cluster, as given to <c>AddKeyedGossip()</c>; null for the one of <c>AddGossip()</c>.</param>
    /// <param name="tags">Tags of the check, such as "ready".</param>
    public static IHealthChecksBuilder AddGossip(
        this IHealthChecksBuilder builder, string name = "gossip", string? key = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(GossipReadiness.Register(name, key, tags));
    }
}
