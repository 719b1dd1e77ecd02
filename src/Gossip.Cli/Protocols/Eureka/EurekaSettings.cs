using Gossip.Cli.Protocols.Serving;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gossip.Cli.Protocols.Eureka;

/// <summary>The section <c>Agent:Eureka</c>.</summary>
internal static class EurekaSettings
{
    /// <summary>The section's name within that of the agent.</summary>
    public const string SectionName = "Eureka";

    /// <summary>The port of a Eureka.</summary>
    private const int Port = 8761;

    /// <summary>Reads the section.</summary>
    /// <returns>The settings; null where nobody asks for the façade.</returns>
    /// <exception cref="OptionsValidationException">A key or a value is wrong; the message names it, and what to write.</exception>
    public static FacadeSettings? Read(IConfigurationSection section) => FacadeSettings.Read(section, Port);
}
