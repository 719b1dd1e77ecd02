using Gossip.Cli.Protocols.Serving;
using Gossip.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gossip.Cli.Protocols.CloudMap;

/// <summary>The section <c>Agent:CloudMap</c>.</summary>
/// <param name="Serving">Where it listens, and to whom.</param>
/// <param name="Namespace">The name of the one namespace; null for that of the cluster.</param>
internal sealed record CloudMapSettings(FacadeSettings Serving, string? Namespace)
{
    /// <summary>The section's name within that of the agent.</summary>
    public const string SectionName = "CloudMap";

    /// <summary>A port for the message: the service of AWS has its own hosts, and none on the machine.</summary>
    private const int Port = 7398;

    private const int MostLetters = 128;

    /// <summary>Reads the section.</summary>
    /// <returns>The settings; null where nobody asks for the façade.</returns>
    /// <exception cref="OptionsValidationException">A key or a value is wrong; the message names it, and what to write.</exception>
    public static CloudMapSettings? Read(IConfigurationSection section)
    {
        var problems = new List<string>();
        var serving = FacadeSettings.Read(section, Port, [nameof(Namespace)], problems);
        var name = section[nameof(Namespace)] is { Length: > 0 } given ? given.Trim() : null;
        if (name is not null && (name.Length is 0 or > MostLetters || name.Any(letter => letter is < '!' or > '~')))
            problems.Add($"{section.Path}:{nameof(Namespace)} is '{Limits.Show(name)}'; "
                + $"it must be 1 to {MostLetters} letters of ASCII without spaces, such as shop.internal.");
        FacadeSettings.Check(section, problems);
        return serving is null ? null : new CloudMapSettings(serving, name);
    }
}
