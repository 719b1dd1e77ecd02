using System.Globalization;
using System.Text.RegularExpressions;
using Yarp.ReverseProxy.Configuration;

namespace Gossip.Yarp.Published;

/// <summary>
/// A route that a service publishes of itself, by metadata whose key is "gossip.route" or begins with "gossip.route.":
/// <code>
/// route   = path *( ";" option )      at most 256 letters
/// path    = 1*16( "/" segment )       or "/" alone
/// segment = literal | "{" name "}" | "{**" name "}"    the last alone may be one with stars
/// option  = "host=" name | "order=" 0..100 | "strip=" path of literals with which the path begins
/// </code>
/// It is less than YARP takes: a constraint that does not exist, or a pattern that runs for long, would break the routes of all.
/// </summary>
internal sealed partial record PublishedRoute
{
    private const int MostLetters = 256;
    private const int MostSegments = 16;
    private const int MostOrder = 100;

    /// <summary>
    /// Routes of the operator, whose order is 0 unless they say otherwise, and other endpoints of the gateway come before all that is
    /// published.
    /// </summary>
    private const int FirstOrder = 1_000_000;

    private PublishedRoute(string service, string text) => (Service, Text) = (service, text);

    /// <summary>The service that publishes it.</summary>
    public string Service { get; }

    /// <summary>As it is written in the metadata.</summary>
    public string Text { get; }

    /// <summary>The segments of the path.</summary>
    public IReadOnlyList<string> Segments { get; private init; } = [];

    private string? Host { get; init; }

    private int Order { get; init; }

    private string? Strip { get; init; }

    /// <summary>What it matches: the same for two routes of which the router could not tell which is meant.</summary>
    public string Matched => $"{Host}/{string.Join('/', Segments.Select(Erase))}".ToLowerInvariant();

    /// <summary>The same at all times and at all gateways.</summary>
    public string Id => $"gossip:{Service.ToLowerInvariant()}:{Matched}";

    /// <summary>Whether a metadata entry is one.</summary>
    public static bool IsKey(string key) => key == "gossip.route" || key.StartsWith("gossip.route.", StringComparison.Ordinal);

    public static bool IsLiteral(string segment) => segment is not ("." or "..") && Literal().IsMatch(segment);

    /// <summary>Reads one, which anybody may have written.</summary>
    /// <param name="service">The service.</param>
    /// <param name="text">The value.</param>
    /// <param name="route">The route.</param>
    /// <returns>What is wrong with it; null when it is good.</returns>
    public static string? Read(string service, string text, out PublishedRoute route)
    {
        route = new PublishedRoute(service, text);
        if (text.Length > MostLetters)
            return $"it has {text.Length} letters, of which {MostLetters} are allowed";
        var parts = Array.ConvertAll(text.Split(';'), part => part.Trim(' '));
        if (parts[0] is not ['/', ..])
            return "its path does not begin with '/'";
        var segments = parts[0] == "/" ? [] : parts[0][1..].Split('/');
        if (segments.Length > MostSegments)
            return $"its path has {segments.Length} segments, of which {MostSegments} are allowed";
        if (Array.FindIndex(segments, one => !IsLiteral(one) && !Parameter().IsMatch(one)) is >= 0 and var wrong)
            return $"segment {wrong + 1} of its path is none of 'literal', '{{name}}' and '{{**name}}'";
        if (Array.FindIndex(segments, IsRest) is >= 0 and var rest && rest < segments.Length - 1)
            return "only its last segment may take the rest of the path";
        var names = segments.Where(one => one[0] == '{').Select(one => one.Trim('{', '}', '*')).ToList();
        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() < names.Count)
            return "two of its parameters have the same name";
        route = route with { Segments = segments };
        foreach (var option in parts.Skip(1))
        {
            if (route.Take(option, out route) is { } problem)
                return problem;
        }

        return null;
    }

    /// <summary>The route as YARP takes it.</summary>
    public RouteConfig ToConfig() => new()
    {
        RouteId = Id,
        ClusterId = Service,
        Order = FirstOrder + Order,
        Match = new RouteMatch { Path = "/" + string.Join('/', Segments), Hosts = Host is null ? null : [Host] },
        Transforms = Strip is null ? null : [new Dictionary<string, string> { ["PathRemovePrefix"] = Strip }],
        Metadata = new Dictionary<string, string> { ["gossip.service"] = Service },
    };

    private string? Take(string option, out PublishedRoute route)
    {
        route = this;
        switch (option.Split('=', 2))
        {
            case ["host", var host] when HostName().IsMatch(host):
                route = this with { Host = host };
                return null;
            case ["host", _]:
                return "its host is no name such as shop.example.com or *.example.com";
            case ["order", var order] when int.TryParse(order, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                    && number <= MostOrder:
                route = this with { Order = number };
                return null;
            case ["order", _]:
                return $"its order is no number from 0 to {MostOrder}";
            case ["strip", ['/', .. var strip]] when IsBeginning(strip.Split('/')):
                route = this with { Strip = "/" + strip };
                return null;
            case ["strip", _]:
                return "what it strips is not what its path begins with, in whole segments that are no parameters";
            default:
                return "behind ';' stands none of 'host=', 'order=' and 'strip='";
        }
    }

    private bool IsBeginning(string[] strip) =>
        strip.Length <= Segments.Count && strip.All(IsLiteral) && strip.SequenceEqual(Segments.Take(strip.Length));

    private static bool IsRest(string segment) => segment.StartsWith("{**", StringComparison.Ordinal);

    private static string Erase(string segment) => segment[0] != '{' ? segment : IsRest(segment) ? "{**}" : "{}";

    [GeneratedRegex(@"^[A-Za-z0-9._~-]{1,128}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Literal();

    [GeneratedRegex(@"^\{(\*\*)?[A-Za-z_][A-Za-z0-9_]{0,31}\}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();

    [GeneratedRegex(
        @"^(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\z",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex HostName();
}
