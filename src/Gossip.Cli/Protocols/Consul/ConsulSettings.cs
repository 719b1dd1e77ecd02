using Gossip.Cli.Protocols.Serving;
using Gossip.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gossip.Cli.Protocols.Consul;

/// <summary>The section <c>Agent:Consul</c>.</summary>
/// <param name="Serving">Where it listens, and to whom.</param>
/// <param name="Datacenter">What it says its data centre is called.</param>
internal sealed record ConsulSettings(FacadeSettings Serving, string Datacenter)
{
    /// <summary>The section's name within that of the agent.</summary>
    public const string SectionName = "Consul";

    /// <summary>The port of a Consul.</summary>
    private const int Port = 8500;

    /// <summary>Reads the section.</summary>
    /// <returns>The settings; null where nobody asks for the façade.</returns>
    /// <exception cref="OptionsValidationException">A key or a value is wrong; the message names it, and what to write.</exception>
    public static ConsulSettings? Read(IConfigurationSection section)
    {
        var problems = new List<string>();
        var serving = FacadeSettings.Read(section, Port, [nameof(Datacenter)], problems);
        var datacenter = section[nameof(Datacenter)] is { Length: > 0 } given ? given.Trim() : "dc1";
        if (!datacenter.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_') || datacenter.Length is 0 or > 64)
            problems.Add($"{section.Path}:{nameof(Datacenter)} is '{Limits.Show(datacenter)}'; "
                + "it must be 1 to 64 letters, digits, '-' and '_', such as dc1.");
        FacadeSettings.Check(section, problems);
        return serving is null ? null : new ConsulSettings(serving, datacenter);
    }
}
