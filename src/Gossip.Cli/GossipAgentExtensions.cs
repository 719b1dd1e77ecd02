using Gossip;
using Gossip.Cli.Agent;
using Gossip.Cli.Protocols;
using Gossip.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds the agent to a host, as <c>gossip agent</c> does and a program for a container image may.</summary>
public static class GossipAgentExtensions
{
    /// <summary>
    /// Adds an agent, with the node that it needs: it registers the services that files and its API name, for as long as they run. Options
    /// come from the sections <c>Agent</c> and <c>Gossip</c> of the configuration. Call it instead of <c>AddGossipNode()</c>, or before it.
    /// </summary>
    /// <typeparam name="TBuilder">The builder's type, on which what is added does not depend.</typeparam>
    /// <param name="builder">The builder of the host.</param>
    /// <param name="configure">Changes options after the configuration was read.</param>
    public static GossipBuilder AddGossipAgent<TBuilder>(this TBuilder builder, Action<AgentOptions>? configure = null)
        where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        var section = builder.Configuration.GetSection(AgentOptions.SectionName);
        builder.Services.TryAddSingleton(_ =>
        {
            var options = new AgentOptions();
            var problems = AgentSettings.Read(section, options, AgentProtocols.Sections);
            configure?.Invoke(options);
            return problems.Count == 0
                ? options
                : throw new OptionsValidationException(AgentOptions.SectionName, typeof(AgentOptions), problems);
        });
        // The lock comes before the node, and the agent ends before it: services of a host stop in the reverse order.
        builder.Services.AddHostedService<AgentGate>();
        var gossip = builder.AddGossipNode(options => options.Service.Register ??= false);
        builder.Services.AddHostedService(provider => new AgentLife(
            provider.GetRequiredService<AgentOptions>(),
            AgentProtocols.Of(provider, section),
            provider.GetRequiredService<GossipLifecycle>(),
            provider.GetRequiredService<IServiceRegistrar>(),
            provider.GetRequiredService<IServiceDiscovery>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>(),
            provider));
        return gossip;
    }
}
