using System.Diagnostics.Metrics;
using Gossip.Balancing;
using Gossip.Bootstrap;
using Gossip.Configuration;
using Gossip.Diagnostics;
using Gossip.Discovery;
using Gossip.Loop;
using Gossip.Snapshots;
using Gossip.Statistics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gossip.Hosting;

/// <summary>
/// Everything that one cluster registers in the container, under the cluster's key. Without a key the services are ordinary ones, since to
/// the container no key and the key null are the same.
/// <para>
/// The node, its waits and the measuring of calls run on the machine's clock, whatever <see cref="TimeProvider"/> the container has, since
/// the other nodes do not follow a clock that a test stops. The container's clock drives the application's own times: how long the last
/// known instances stand in for none (<see cref="WhenEmpty.LastKnown"/>), and the runs of its health checks.
/// </para>
/// </summary>
internal static class ClusterServices
{
    public static GossipBuilder Add(IServiceCollection services, string? key, IConfiguration section, Action<GossipOptions>? configure)
    {
        var name = key ?? Options.DefaultName;
        if (!services.Any(service => service.ServiceType == typeof(GossipLifecycle) && Equals(service.ServiceKey, key)))
        {
            AddOptions(services, name, section);
            AddNode(services, key, section);
            AddReaders(services, key);
        }

        if (configure is not null)
            services.Configure(name, configure);
        return new GossipBuilder(services, key);
    }

    private static void AddOptions(IServiceCollection services, string name, IConfiguration section)
    {
        services.AddOptions<GossipOptions>(name).ValidateOnStart();
        services.AddSingleton<IConfigureOptions<GossipOptions>>(
            provider => new OptionsReader(section, name, provider.GetService<IConfiguration>()));
        services.AddSingleton<IValidateOptions<GossipOptions>>(new OptionsValidator(name, (section as IConfigurationSection)?.Path));
    }

    private static void AddNode(IServiceCollection services, string? key, IConfiguration section)
    {
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<OpenRequests>();
        services.TryAddSingleton<EndpointToken>();
        services.AddKeyedSingleton(key, (provider, _) => new SnapshotFeed
        {
            Logger = LoggerOf(provider),
            BalancingClock = MakeClock(provider, provider.GetRequiredKeyedService<OptionsSource>(key).First),
        });
        services.AddKeyedSingleton(key, (provider, _) => new OptionsSource(
            provider.GetRequiredService<IOptionsFactory<GossipOptions>>(), key ?? Options.DefaultName, section));
        services.AddKeyedSingleton(key, (provider, _) => new GossipLifecycle(
            provider.GetRequiredKeyedService<OptionsSource>(key),
            provider.GetRequiredService<IHostEnvironment>(),
            new HostServices(
                provider.GetKeyedServices<ISeedSource>(key),
                provider.GetServices<ListeningAddresses>(),
                provider.GetServices<FirstState>(),
                provider.GetRequiredService<OpenRequests>(),
                new NodeMeter(MeterOf(provider, provider.GetRequiredKeyedService<OptionsSource>(key).First)),
                provider.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? default),
            provider.GetRequiredKeyedService<SnapshotFeed>(key),
            () => provider.GetRequiredKeyedService<IServiceDiscovery>(key),
            TimeProvider.System,
            provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<GossipLifecycle>(key));
    }

    private static void AddReaders(IServiceCollection services, string? key)
    {
        services.AddKeyedSingleton(key, (provider, _) => provider.GetService<IConfiguration>() is { } configuration
            ? new StaticServices(configuration, provider.GetRequiredKeyedService<SnapshotFeed>(key), LoggerOf(provider))
            : StaticServices.None);
        services.AddKeyedSingleton(key, (provider, _) => new Sources(
            provider.GetRequiredKeyedService<SnapshotFeed>(key),
            provider.GetRequiredKeyedService<StaticServices>(key),
            provider.GetRequiredService<TimeProvider>(),
            LoggerOf(provider)));
        services.AddKeyedSingleton<IServiceDiscovery>(
            key, (provider, _) => new ServiceDiscovery(
                provider.GetRequiredKeyedService<Sources>(key),
                Chooses(provider.GetRequiredKeyedService<OptionsSource>(key).First).For));
        services.AddKeyedSingleton<IServiceRegistrar>(
            key, (provider, _) => new ServiceRegistrar(provider.GetRequiredKeyedService<GossipLifecycle>(key)));
        services.AddKeyedSingleton<IGossipDoctor>(key, (provider, _) => new Doctor(provider.GetRequiredKeyedService<GossipLifecycle>(key)));
    }

    private static BalancingClock MakeClock(IServiceProvider provider, GossipOptions options) =>
        new(TimeProvider.System, options.Balancing) { Calls = new CallMeter(MeterOf(provider, options), options.Zone) };

    /// <summary>The meter of a cluster: the tag tells apart those of one process.</summary>
    internal static Meter MeterOf(IServiceProvider provider, GossipOptions options) =>
        provider.GetRequiredService<IMeterFactory>().Create(new MeterOptions(GossipActivity.Name)
        {
            Version = GossipActivity.Version, Tags = [new("gossip.cluster", options.Cluster)],
        });

    private static ILogger LoggerOf(IServiceProvider provider) => provider.GetRequiredService<ILoggerFactory>().CreateLogger("Gossip");

    /// <summary>A node without a configured name gets another one at each start, which still tells callers apart.</summary>
    public static NamedPolicies Chooses(GossipOptions options) =>
        new(options.Balancing, options.Zone, options.NodeName ?? $"{Environment.MachineName}:{Environment.ProcessId}");
}
