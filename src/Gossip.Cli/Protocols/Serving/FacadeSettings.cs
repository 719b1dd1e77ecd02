using System.Net;
using Gossip.Cli.Agent;
using Gossip.Configuration;
using Gossip.Protocol;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Gossip.Cli.Protocols.Serving;

/// <summary>What callers of a façade need to be let in.</summary>
internal enum FacadeAccess
{
    /// <summary>Nothing.</summary>
    Open,

    /// <summary>The token, for whatever changes something.</summary>
    Write,

    /// <summary>The token, for everything.</summary>
    Token,
}

/// <summary>What the section of each API has that the agent serves by HTTP as another registry does.</summary>
/// <param name="Section">The section's path, such as <c>Agent:Consul</c>.</param>
/// <param name="Url">Where it listens.</param>
/// <param name="Access">What its callers need.</param>
internal sealed record FacadeSettings(string Section, Uri Url, FacadeAccess Access)
{
    private static readonly string[] Keys = [nameof(Url), nameof(Access)];

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => AgentPlaces.EndPointOf(Url)!;

    /// <summary>Whether only this machine reaches it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(EndPoint.Address);

    /// <summary>Reads what all sections have, and finds keys that the section has not.</summary>
    /// <param name="section">The section.</param>
    /// <param name="port">The port of the registry's own server, for the message.</param>
    /// <param name="more">Keys that this one has besides.</param>
    /// <param name="problems">What is wrong, each with the key, the value and what to write.</param>
    /// <returns>The settings; null where nobody asks for the façade, or its place is wrong.</returns>
    public static FacadeSettings? Read(IConfigurationSection section, int port, IReadOnlyList<string> more, List<string> problems)
    {
        FindUnknown(section, [.. Keys, .. more], problems);
        var url = ReadUrl(section, port, problems);
        var isFar = url is not null && AgentPlaces.EndPointOf(url) is { } place && !IPAddress.IsLoopback(place.Address);
        var access = isFar ? FacadeAccess.Token : FacadeAccess.Open;
        if (section[nameof(Access)] is { Length: > 0 } word
            && (!Enum.TryParse(word.Trim(), ignoreCase: true, out access) || !Enum.IsDefined(access) || char.IsAsciiDigit(word.Trim()[0])))
            problems.Add($"{section.Path}:{nameof(Access)} is '{Limits.Show(word)}'; it must be open, write or token.");
        return url is null ? null : new FacadeSettings(section.Path, url, access);
    }

    /// <summary>Reads a section that has nothing else.</summary>
    /// <returns>The settings; null where nobody asks for the façade.</returns>
    /// <exception cref="OptionsValidationException">A key or a value is wrong; the message names it, and what to write.</exception>
    public static FacadeSettings? Read(IConfigurationSection section, int port)
    {
        var problems = new List<string>();
        var serving = Read(section, port, [], problems);
        Check(section, problems);
        return serving;
    }

    /// <summary>Finds keys that a section has not.</summary>
    public static void FindUnknown(IConfigurationSection section, IReadOnlyList<string> keys, List<string> problems)
    {
        foreach (var key in section.GetChildren().Select(child => child.Key))
        {
            if (!keys.Contains(key, StringComparer.OrdinalIgnoreCase))
                problems.Add($"{section.Path}:{Limits.Show(key)} is no key. "
                    + (Spelling.Guess(key, keys, 3) ?? $"Leave it out; there are {string.Join(", ", keys)}."));
        }
    }

    /// <summary>Ends the start where something is wrong.</summary>
    /// <exception cref="OptionsValidationException">Something is; the message has all of it.</exception>
    public static void Check(IConfigurationSection section, List<string> problems)
    {
        if (problems.Count > 0)
            throw new OptionsValidationException(section.Path, typeof(FacadeSettings), problems);
    }

    private static Uri? ReadUrl(IConfigurationSection section, int port, List<string> problems)
    {
        if (section[nameof(Url)] is not { } text || string.IsNullOrWhiteSpace(text))
            return null;
        if (Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp && url.AbsolutePath == "/"
            && AgentPlaces.EndPointOf(url) is not null && AgentPlaces.NamesPort(text))
            return url;
        problems.Add($"{section.Path}:{nameof(Url)} is '{Limits.Show(text)}'; "
            + $"it must be http, an IP address and a port, such as http://127.0.0.1:{port}.");
        return null;
    }
}
