using System.Globalization;
using System.Net;
using Gossip.Configuration;
using Gossip.Protocol;
using Microsoft.Extensions.Configuration;

namespace Gossip.Cli.Agent;

/// <summary>
/// Reads the section of the agent. What is wrong with it is told all at once, each with the key, the value and what to write; a key that
/// does not exist is a mistake of whoever typed it.
/// </summary>
internal static class AgentSettings
{
    /// <summary>A socket's path has so many bytes in the kernel, with a zero at its end.</summary>
    private const int SocketBytes = 107;

    private static readonly Dictionary<string, Func<AgentOptions, string, string?>> All = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Name"] = (options, value) => Set(IsName(value), () => options.Name = value, "1 to 64 letters, digits, '-', '_' and '.'"),
        ["StateFolder"] = (options, value) => Set(IsPath(value), () => options.StateFolder = value, "the whole path of a folder"),
        ["ServicesFolder"] = (options, value) =>
            Set(value == "none" || IsPath(value), () => options.ServicesFolder = value, "the whole path of a folder, or none"),
        ["Socket"] = (options, value) => Set(
            value == "none" || IsSocket(value),
            () => options.Socket = value,
            string.Create(CultureInfo.InvariantCulture, $"the whole path of a socket, of at most {SocketBytes} bytes, or none")),
        ["Url"] = (options, value) => Set(
            IsLoopback(value),
            () => options.Url = new Uri(value),
            "http and an address of loopback with a port, such as http://127.0.0.1:7399"),
        ["ReconcileInterval"] = (options, value) => Set(
            Times.TryParse(value, out var time) && time >= TimeSpan.FromMilliseconds(100) && time <= TimeSpan.FromHours(1),
            () => options.ReconcileInterval = time,
            "a time with its unit, of 100ms to 1h, such as 5s"),
        ["Lease"] = (options, value) => Set(
            Times.TryParse(value, out var time) && time >= Limits.ShortestLease && time <= Limits.LongestLease,
            () => options.Lease = time,
            "a time with its unit, of 1s to 1h, such as 10s"),
        ["KeepOnStop"] = (options, value) => Set(bool.TryParse(value, out var flag), () => options.KeepOnStop = flag, "true or false"),
        ["MaxConcurrentChecks"] = (options, value) => Set(
            int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 1024,
            () => options.MaxConcurrentChecks = number,
            "a whole number of 1 to 1024"),
        ["Systemctl"] = (options, value) => Set(true, () => options.Systemctl = value, "a program"),
    };

    /// <summary>Reads the section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="options">Where the values go.</param>
    /// <param name="apart">Keys that are sections of others, who read them.</param>
    /// <returns>What is wrong with it.</returns>
    public static IReadOnlyList<string> Read(IConfigurationSection section, AgentOptions options, params ReadOnlySpan<string> apart)
    {
        var problems = new List<string>();
        foreach (var child in section.GetChildren())
        {
            if (apart.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
                continue;
            if (!All.TryGetValue(child.Key, out var set))
                problems.Add($"{section.Path}:{Limits.Show(child.Key)} is no key. "
                    + (Spelling.Guess(child.Key, All.Keys, 3) ?? $"Leave it out; there are {string.Join(", ", All.Keys)}."));
            else if (child.GetChildren().Any())
                problems.Add($"{section.Path}:{child.Key} has keys of its own; it must be one text.");
            else if (!string.IsNullOrWhiteSpace(child.Value) && set(options, child.Value.Trim()) is { } mustBe)
                problems.Add($"{section.Path}:{child.Key} is '{Limits.Show(child.Value)}'; it must be {mustBe}.");
        }

        return problems;
    }

    /// <summary>Whether the path is one that a Unix socket can have.</summary>
    public static bool IsSocket(string path) => IsPath(path) && System.Text.Encoding.UTF8.GetByteCount(path) <= SocketBytes;

    private static string? Set(bool isGood, Action set, string mustBe)
    {
        if (!isGood)
            return mustBe;
        set();
        return null;
    }

    private static bool IsPath(string text) => Path.IsPathFullyQualified(text) && !text.Contains('\0', StringComparison.Ordinal);

    private static bool IsName(string text) => text.Length is >= 1 and <= 64 && text[0] != '.'
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    private static bool IsLoopback(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp
        && url.AbsolutePath == "/" && AgentPlaces.EndPointOf(url) is { } place && IPAddress.IsLoopback(place.Address);
}
