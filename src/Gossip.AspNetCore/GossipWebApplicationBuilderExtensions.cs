using Gossip;
using Gossip.AspNetCore;
using Gossip.AspNetCore.Health;
using Gossip.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds a Gossip node to a web application.</summary>
public static class GossipWebApplicationBuilderExtensions
{
    /// <summary>
    /// Adds the node of this process, and has it register what the web server listens at, with the real ports, as soon as it does. The
    /// application's health checks, if any, then set the state of the instance; and when the application stops, the server stops only after the
    /// callers went elsewhere and the open requests have ended. Options come from the section <c>Gossip</c> of the configuration.
    /// </summary>
    /// <param name="builder">The builder of the application.</param>
    /// <param name="configure">Changes options after the configuration was read.</param>
    public static WebApplicationBuilder AddGossip(this WebApplicationBuilder builder, Action<GossipOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddGossip(builder.Configuration.GetSection(GossipOptions.SectionName), configure);
        if (builder.Services.All(service => service.ServiceType != typeof(ListeningAddresses)))
            AddServer(builder.Services);
        return builder;
    }

    internal static ListeningAddresses ServerOf(IServiceProvider provider) => new(() => AddressesOf(provider));

    private static void AddServer(IServiceCollection services)
    {
        services.AddSingleton(ServerOf);
        services.AddSingleton<IStartupFilter, RequestCounting>();
        services.AddSingleton(provider => new FirstState(() => HealthWatch.IsWanted(provider) ? HealthWatch.NotYet : null));
        services.AddHostedService<HealthWatch>();
    }

    private static IReadOnlyCollection<string> AddressesOf(IServiceProvider provider) =>
        provider.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses is { } addresses ? [.. addresses] : [];
}
