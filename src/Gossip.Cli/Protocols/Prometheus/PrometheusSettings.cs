using Gossip.Cli.Protocols.Serving;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gossip.Cli.Protocols.Prometheus;

/// <summary>The section <c>Agent:Prometheus</c>.</summary>
internal static class PrometheusSettings
{
    /// <summary>The section's name within that of the agent.</summary>
    public const string SectionName = "Prometheus";

    /// <summary>No registry has it: beside that of the agent's own API.</summary>
    private const int Port = 7397;

    /// <summary>Reads the section.</summary>
    /// <returns>The settings; null where nobody asks for it.</returns>
    /// <exception cref="OptionsValidationException">A key or a value is wrong; the message names it, and what to write.</exception>
    public static FacadeSettings? Read(IConfigurationSection section) => FacadeSettings.Read(section, Port);
}
