using Gossip;
using Gossip.AspNetCore;
using Gossip.AspNetCore.Health;
using Gossip.Hosting;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds a Gossip node to a host that has a web server.</summary>
public static class GossipAspNetCoreExtensions
{
    /// <summary>
    /// Adds the node of this process, which registers the addresses of the web server, with the real ports, as soon as it listens. The
    /// application's health checks, if any, then set the state of the instance. When the application stops, the server stops only after the
    /// callers have gone elsewhere and the open requests have ended. Options come from the section <c>Gossip</c> of the configuration.
    /// Called again, it configures the same node further. In a host without a server it is the same as <c>AddGossipNode()</c> with health
    /// checks.
    /// </summary>
    /// <typeparam name="TBuilder"> The builder's type. What is added does not depend on it, so an extension that is shared by web
    /// applications and workers may call this.
    /// </typeparam>
    /// <param name="builder">The builder of the application.</param>
    /// <param name="configure">Changes options after the configuration was read.</param>
    public static GossipBuilder AddGossip<TBuilder>(this TBuilder builder, Action<GossipOptions>? configure = null)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        var gossip = builder.AddGossipNode(configure);
        if (builder.Services.All(service => service.ServiceType != typeof(ListeningAddresses)))
            AddServer(builder.Services);
        return gossip;
    }

    internal static ListeningAddresses ServerOf(IServiceProvider provider) => new(() => AddressesOf(provider));

    private static void AddServer(IServiceCollection services)
    {
        services.AddSingleton(ServerOf);
        services.AddSingleton<IStartupFilter, RequestCounting>();
        services.AddSingleton(provider => new FirstState(() => HealthWatch.IsWanted(provider) ? HealthWatch.NotYet : null));
        services.AddHostedService<HealthWatch>();
    }

    private static IReadOnlyCollection<string>? AddressesOf(IServiceProvider provider) => provider.GetService<IServer>() is { } server
        ? [.. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []]
        : null;
}
