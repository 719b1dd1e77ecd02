using Gossip;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds a Gossip node to a host that serves no requests.</summary>
public static class GossipHostApplicationBuilderExtensions
{
    /// <summary>
    /// Adds the node of this process, for a worker or a console application: it finds the other nodes, registers the endpoints that the
    /// options name, if any, and offers <see cref="IServiceDiscovery"/> and <see cref="IServiceRegistrar"/>. Options come from the section
    /// <c>Gossip</c> of the configuration. Called again, it configures the same node further. A web application calls <c>AddGossip()</c> of
    /// the package Gossip.AspNetCore, which does this and adds what belongs to the server.
    /// </summary>
    /// <typeparam name="TBuilder">The builder's type, on which what is added does not depend.</typeparam>
    /// <param name="builder">The builder of the host.</param>
    /// <param name="configure">Changes options after the configuration was read.</param>
    public static GossipBuilder AddGossipNode<TBuilder>(this TBuilder builder, Action<GossipOptions>? configure = null)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Services.AddGossipNode(builder.Configuration.GetSection(GossipOptions.SectionName), configure);
    }
}
