using System.Net;
using Gossip.Configuration;
using Gossip.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gossip.Cli.Protocols.Consul;

/// <summary>What callers of the façade need to be let in.</summary>
internal enum ConsulAccess
{
    /// <summary>Nothing: as with a Consul that has no ACL.</summary>
    Open,

    /// <summary>The token, for whatever changes something.</summary>
    Write,

    /// <summary>The token, for everything.</summary>
    Token,
}

/// <summary>The section <c>Agent:Consul</c>.</summary>
/// <param name="Url">Where the façade listens.</param>
/// <param name="Datacenter">What it says its data centre is called.</param>
/// <param name="Access">What its callers need.</param>
internal sealed record ConsulSettings(Uri Url, string Datacenter, ConsulAccess Access)
{
    /// <summary>The section's name within that of the agent.</summary>
    public const string SectionName = "Consul";

    private static readonly string[] Keys = [nameof(Url), nameof(Datacenter), nameof(Access)];

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => IPEndPoint.Parse(Url.Authority);

    /// <summary>Whether only this machine reaches it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(EndPoint.Address);

    /// <summary>Reads the section.</summary>
    /// <returns>The settings; null where nobody asks for the façade.</returns>
    /// <exception cref="OptionsValidationException">A key or a value is wrong; the message names it, and what to write.</exception>
    public static ConsulSettings? Read(IConfigurationSection section)
    {
        var problems = new List<string>();
        foreach (var key in section.GetChildren().Select(child => child.Key))
        {
            if (!Keys.Contains(key, StringComparer.OrdinalIgnoreCase))
                problems.Add($"{section.Path}:{Limits.Show(key)} is no key. "
                    + (Spelling.Guess(key, Keys, 3) ?? $"Leave it out; there are {string.Join(", ", Keys)}."));
        }

        var url = ReadUrl(section, problems);
        var datacenter = section[nameof(Datacenter)] is { Length: > 0 } given ? given.Trim() : "dc1";
        if (!datacenter.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_') || datacenter.Length is 0 or > 64)
            problems.Add($"{section.Path}:{nameof(Datacenter)} is '{Limits.Show(datacenter)}'; "
                + "it must be 1 to 64 letters, digits, '-' and '_', such as dc1.");
        var isFar = url is not null && !IPAddress.IsLoopback(IPEndPoint.Parse(url.Authority).Address);
        var access = isFar ? ConsulAccess.Token : ConsulAccess.Open;
        if (section[nameof(Access)] is { Length: > 0 } word
            && (!Enum.TryParse(word.Trim(), ignoreCase: true, out access) || !Enum.IsDefined(access) || char.IsAsciiDigit(word.Trim()[0])))
            problems.Add($"{section.Path}:{nameof(Access)} is '{Limits.Show(word)}'; it must be open, write or token.");
        if (problems.Count > 0)
            throw new OptionsValidationException(SectionName, typeof(ConsulSettings), problems);
        return url is null ? null : new ConsulSettings(url, datacenter, access);
    }

    private static Uri? ReadUrl(IConfigurationSection section, List<string> problems)
    {
        if (section[nameof(Url)] is not { } text || string.IsNullOrWhiteSpace(text))
            return null;
        if (Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp && url.AbsolutePath == "/"
            && IPEndPoint.TryParse(url.Authority, out var place) && place.Port > 0)
            return url;
        problems.Add($"{section.Path}:{nameof(Url)} is '{Limits.Show(text)}'; "
            + "it must be http, an IP address and a port, such as http://127.0.0.1:8500.");
        return null;
    }
}
