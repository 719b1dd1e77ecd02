using Gossip;
using Gossip.Hosting;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a Gossip node to a service collection.</summary>
public static class GossipServiceCollectionExtensions
{
    /// <summary>
    /// Adds the node of this process, with <see cref="IServiceDiscovery"/> and <see cref="IServiceRegistrar"/>. It starts and stops with
    /// the host. Adding it again only configures it further.
    /// </summary>
    /// <param name="services">The collection.</param>
    /// <param name="section">The configuration section of <see cref="GossipOptions"/>.</param>
    /// <param name="configure">Changes options after the configuration was read.</param>
    public static GossipBuilder AddGossipNode(
        this IServiceCollection services, IConfiguration section, Action<GossipOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        return ClusterServices.Add(services, null, section, configure);
    }

    /// <summary>
    /// Adds a node in a further cluster, besides or instead of the one of <see cref="AddGossipNode"/>, with its own configuration, port and
    /// lifetime. Its <see cref="IServiceDiscovery"/>, <see cref="IServiceRegistrar"/> and <see cref="IGossipDoctor"/> are keyed services,
    /// as in <c>[FromKeyedServices("west")] IServiceDiscovery west</c>; so are the <see cref="ISeedSource"/>s that it asks. The process
    /// registers itself in every cluster, unless <see cref="GossipServiceOptions.Register"/> says otherwise.
    /// </summary>
    /// <param name="services">The collection.</param>
    /// <param name="key">Names the cluster within this process.</param>
    /// <param name="section">The configuration section of its <see cref="GossipOptions"/>.</param>
    /// <param name="configure">Changes options after the configuration was read.</param>
    /// <exception cref="ArgumentException"><paramref name="key"/> is empty.</exception>
    public static GossipBuilder AddKeyedGossip(
        this IServiceCollection services, string key, IConfiguration section, Action<GossipOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(section);
        return ClusterServices.Add(services, key, section, configure);
    }
}
