using System.IO.Enumeration;

namespace Gossip.Configuration;

/// <summary>
/// Which interfaces mDNS may use: names in which <c>*</c> stands for any characters and <c>?</c> for one; a <c>!</c> in front excludes.
/// Exclusion wins. Where no pattern includes, every suitable interface is used.
/// </summary>
internal sealed class MdnsPatterns(IEnumerable<string> patterns)
{
    public const string Key = "Gossip:Mdns:Interfaces";

    private readonly string[] _including = [.. patterns.Where(pattern => !pattern.StartsWith('!'))];
    private readonly string[] _excluding = [.. patterns.Where(pattern => pattern.StartsWith('!'))];

    public bool NamesSome => _including.Length > 0;

    /// <summary>What is wrong with a pattern, or null.</summary>
    public static string? Problem(string pattern)
    {
        var name = pattern.TrimStart('!');
        return name.Length == 0 || name.Any(char.IsWhiteSpace) || pattern.Length - name.Length > 1 || name.Contains('/')
            ? "it must be the name of an interface such as 'eth0' or 'wlan*', or one to leave out such as '!docker*'"
            : null;
    }

    /// <summary>The pattern that includes an interface.</summary>
    public string? Including(string name) => Array.Find(_including, pattern => Matches(pattern, name));

    /// <summary>The pattern that excludes an interface, as it was written.</summary>
    public string? Excluding(string name) => Array.Find(_excluding, pattern => Matches(pattern[1..], name));

    private static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: true);
}
