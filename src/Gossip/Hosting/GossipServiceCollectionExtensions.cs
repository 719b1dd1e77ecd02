using Gossip;
using Gossip.Configuration;
using Gossip.Diagnostics;
using Gossip.Hosting;
using Gossip.Snapshots;
using Gossip.Balancing;
using Gossip.Discovery;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

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
    public static IServiceCollection AddGossip(this IServiceCollection services, IConfiguration section, Action<GossipOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        if (services.All(service => service.ServiceType != typeof(GossipLifecycle)))
        {
            services.AddOptions<GossipOptions>().ValidateOnStart();
            services.AddSingleton<IConfigureOptions<GossipOptions>>(new OptionsReader(section));
            services.AddSingleton<IValidateOptions<GossipOptions>, OptionsValidator>();
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton<SnapshotFeed>();
            services.AddSingleton<GossipLifecycle>();
            services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<GossipLifecycle>());
            services.AddSingleton(provider => provider.GetService<IConfiguration>() is { } configuration
                ? new StaticServices(configuration, provider.GetRequiredService<SnapshotFeed>(), provider.GetRequiredService<ILoggerFactory>().CreateLogger("Gossip"))
                : StaticServices.None);
            services.AddSingleton(provider => new Sources(
                provider.GetRequiredService<SnapshotFeed>(),
                provider.GetRequiredService<StaticServices>(),
                provider.GetRequiredService<TimeProvider>())
            {
                Uptime = () => provider.GetRequiredService<GossipLifecycle>().Uptime,
            });
            services.AddSingleton<IServiceDiscovery>(provider => new ServiceDiscovery(provider.GetRequiredService<Sources>(), _ => new RoundRobin()));
            services.AddSingleton<IServiceRegistrar, ServiceRegistrar>();
            services.AddSingleton<IGossipDoctor, Doctor>();
        }

        if (configure is not null)
            services.Configure(configure);
        return services;
    }
}
