using Gossip;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds a Gossip node to a host.</summary>
public static class GossipHostApplicationBuilderExtensions
{
    /// <summary>
    /// Adds the node of this process: it finds the other nodes, registers what the server listens at, and offers
    /// <see cref="IServiceDiscovery"/> and <see cref="IServiceRegistrar"/>. Options come from the section <c>Gossip</c> of the configuration.
    /// </summary>
    /// <param name="builder">The builder of the host.</param>
    /// <param name="configure">Changes options after the configuration was read.</param>
    public static IHostApplicationBuilder AddGossip(this IHostApplicationBuilder builder, Action<GossipOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddGossip(builder.Configuration.GetSection(GossipOptions.SectionName), configure);
        return builder;
    }
}
