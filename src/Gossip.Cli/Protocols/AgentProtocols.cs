using Gossip.Cli.Agent;
using Gossip.Cli.Protocols.CloudMap;
using Gossip.Cli.Protocols.Consul;
using Gossip.Cli.Protocols.Dns;
using Gossip.Cli.Protocols.Eureka;
using Gossip.Cli.Protocols.Prometheus;
using Gossip.Diagnostics;
using Gossip.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gossip.Cli.Protocols;

/// <summary>What every API of another registry needs of the agent.</summary>
/// <param name="Options">The agent's options.</param>
/// <param name="Discovery">The cluster.</param>
/// <param name="Identity">The agent's node, once it runs.</param>
/// <param name="Time">The clock.</param>
/// <param name="Loggers">Where it logs.</param>
internal sealed record AgentSurroundings(
    AgentOptions Options, IServiceDiscovery Discovery, Func<NodeIdentity> Identity, TimeProvider Time, ILoggerFactory Loggers);

/// <summary>The APIs of other registries: each has a section of its own within that of the agent, and is off without it.</summary>
internal static class AgentProtocols
{
    /// <summary>A section's name, and what makes the API of what it says; null where nobody asks for it.</summary>
    private static readonly (string Section, Func<IConfigurationSection, AgentSurroundings, IAgentProtocol?> Make)[] All =
    [
        (ConsulSettings.SectionName, (section, agent) =>
            ConsulSettings.Read(section) is { } settings ? new ConsulProtocol(settings, agent) : null),
        (DnsSettings.SectionName, (section, agent) =>
            DnsSettings.Read(section) is { } settings ? new DnsProtocol(settings, agent) : null),
        (CloudMapSettings.SectionName, (section, agent) =>
            CloudMapSettings.Read(section) is { } settings ? new CloudMapProtocol(settings, agent) : null),
        (EurekaSettings.SectionName, (section, agent) =>
            EurekaSettings.Read(section) is { } settings ? new EurekaProtocol(settings, agent) : null),
        (PrometheusSettings.SectionName, (section, agent) =>
            PrometheusSettings.Read(section) is { } settings ? new PrometheusProtocol(settings, agent) : null),
    ];

    /// <summary>Sections that are not the agent's own.</summary>
    public static string[] Sections => [.. All.Select(one => one.Section)];

    /// <summary>Those that the configuration asks for.</summary>
    /// <exception cref="OptionsValidationException">A section is wrong; the message says what to write.</exception>
    public static IReadOnlyList<IAgentProtocol> Of(IServiceProvider provider, IConfigurationSection section)
    {
        var lifecycle = provider.GetRequiredService<GossipLifecycle>();
        var agent = new AgentSurroundings(
            provider.GetRequiredService<AgentOptions>(),
            provider.GetRequiredService<IServiceDiscovery>(),
            () => lifecycle.Running.Identity,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>());
        return [.. All.Select(one => one.Make(section.GetSection(one.Section), agent)).OfType<IAgentProtocol>()];
    }
}
