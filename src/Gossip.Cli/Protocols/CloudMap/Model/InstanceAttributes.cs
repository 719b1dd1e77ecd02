using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gossip.Cli.Agent.Definitions;
using Gossip.Protocol;

namespace Gossip.Cli.Protocols.CloudMap.Model;

/// <summary>
/// The attributes of an instance, in both directions: an address and a port are the first endpoint of its record, and whatever the endpoint
/// does not say is metadata.
/// </summary>
internal static class InstanceAttributes
{
    public const string IPv4 = "AWS_INSTANCE_IPV4";
    public const string IPv6 = "AWS_INSTANCE_IPV6";
    public const string Port = "AWS_INSTANCE_PORT";
    public const string CanonicalName = "AWS_INSTANCE_CNAME";
    public const string InitialHealth = "AWS_INIT_HEALTH_STATUS";

    /// <summary>Attributes of a client's own.</summary>
    public const int MostCustom = 30;

    /// <summary>Letters of a key; a record holds 128 bytes.</summary>
    public const int MostOfKey = 255;

    /// <summary>Letters of a value.</summary>
    public const int MostOfValue = 1_024;

    /// <summary>Letters of all keys and values.</summary>
    public const int MostOfAll = 5_000;

    private const string Reserved = "AWS_";
    private const string Scheme = "scheme";
    private const string Secure = "secure";
    private const string Version = "version";
    private const string Zone = "zone";

    private static readonly string[] Known = [IPv4, IPv6, Port, CanonicalName, InitialHealth];

    /// <summary>What is wrong with the attributes of a registration; null for nothing.</summary>
    public static string? ProblemOf(IReadOnlyDictionary<string, string> attributes)
    {
        foreach (var (key, value) in attributes)
        {
            if (ProblemOf(key, value) is { } problem)
                return problem;
        }

        var custom = attributes.Keys.Count(key => !Known.Contains(key));
        if (custom > MostCustom)
            return $"Attributes has {custom} custom attributes; an instance may have {MostCustom}.";
        var letters = attributes.Sum(pair => pair.Key.Length + pair.Value.Length);
        return letters > MostOfAll ? $"Attributes has {letters} letters with its keys; it may have {MostOfAll}." : null;
    }

    /// <summary>Whether the instance is well when it is registered.</summary>
    public static bool BeginsHealthy(IReadOnlyDictionary<string, string> attributes) =>
        attributes.GetValueOrDefault(InitialHealth) != CloudMapHealth.Unhealthy;

    /// <summary>The first endpoint; null without a port, for nobody could call it.</summary>
    public static EndpointDefinition? EndpointOf(IReadOnlyDictionary<string, string> attributes)
    {
        if (!attributes.TryGetValue(Port, out var text) || !TryReadPort(text, out var port))
            return null;
        var scheme = attributes.GetValueOrDefault(Scheme) is { Length: > 0 and <= 32 } given && Uri.CheckSchemeName(given) ? given
            : attributes.GetValueOrDefault(Secure) == "true" ? "https" : "http";
        return new EndpointDefinition(scheme, scheme, HostOf(attributes).Host, port, null);
    }

    /// <summary>What the endpoint does not say.</summary>
    public static IReadOnlyDictionary<string, string> MetadataOf(IReadOnlyDictionary<string, string> attributes)
    {
        var rest = new Dictionary<string, string>(attributes, StringComparer.Ordinal);
        if (EndpointOf(attributes) is null)
            return rest;
        rest.Remove(Port);
        if (HostOf(attributes).Key is { } key)
            rest.Remove(key);
        return rest;
    }

    public static string? VersionOf(IReadOnlyDictionary<string, string> attributes) =>
        attributes.GetValueOrDefault(Version) is { } version && Limits.IsName(version, Limits.NameBytes) ? version : null;

    public static string? ZoneOf(IReadOnlyDictionary<string, string> attributes) =>
        attributes.GetValueOrDefault(Zone) is { } zone && Limits.IsName(zone, Limits.ZoneBytes) ? zone : null;

    /// <summary>The attributes of an instance that a member has told of.</summary>
    public static IReadOnlyDictionary<string, string> Of(ServiceInstance instance)
    {
        var attributes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in instance.Metadata)
            attributes[key] = value;
        if (instance.Endpoints.Count > 0)
        {
            Add(attributes, instance.Endpoints[0]);
            if (instance.Endpoints[0].Scheme != "http")
                attributes.TryAdd(Scheme, instance.Endpoints[0].Scheme);
        }

        if (instance.Version is { } version)
            attributes.TryAdd(Version, version);
        if (instance.Zone is { } zone)
            attributes.TryAdd(Zone, zone);
        return attributes;
    }

    /// <summary>The attributes of a client's instance: as the client gave them, and where it is reached if it gave no address.</summary>
    /// <param name="given">What the client gave.</param>
    /// <param name="endpoint">The endpoint that the cluster was told of; null for none.</param>
    public static IReadOnlyDictionary<string, string> Of(IReadOnlyDictionary<string, string> given, ServiceEndpoint? endpoint)
    {
        var attributes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in given)
            attributes[key] = value;
        if (endpoint is not null && HostOf(given).Key is null)
            Add(attributes, endpoint);
        return attributes;
    }

    private static void Add(SortedDictionary<string, string> attributes, ServiceEndpoint endpoint)
    {
        attributes.TryAdd(KeyOf(endpoint.Host), endpoint.Host);
        attributes.TryAdd(Port, endpoint.Port.ToString(CultureInfo.InvariantCulture));
    }

    private static string KeyOf(string host) => !IPAddress.TryParse(host, out var address) ? CanonicalName
        : address.AddressFamily == AddressFamily.InterNetwork ? IPv4 : IPv6;

    private static (string? Key, string? Host) HostOf(IReadOnlyDictionary<string, string> attributes)
    {
        foreach (var key in new[] { IPv4, IPv6, CanonicalName })
        {
            if (attributes.TryGetValue(key, out var host))
                return (key, host);
        }

        return (null, null);
    }

    private static string? ProblemOf(string key, string value)
    {
        if (key.Length is 0 or > MostOfKey)
            return $"Attributes has the key '{Show(key)}' of {key.Length} letters; it must have 1 to {MostOfKey}.";
        if (value.Length > MostOfValue)
            return $"Attributes:{Show(key)} has {value.Length} letters; it may have {MostOfValue}.";
        var mustBe = key switch
        {
            IPv4 => IsAddress(value, AddressFamily.InterNetwork) ? null : "an IPv4 address, such as 10.1.2.3",
            IPv6 => IsAddress(value, AddressFamily.InterNetworkV6) ? null : "an IPv6 address, such as fd00::17",
            Port => TryReadPort(value, out _) ? null : "a port, 1 to 65535",
            CanonicalName => Uri.CheckHostName(value) == UriHostNameType.Dns ? null : "a host name, such as db.example.com",
            InitialHealth => value is CloudMapHealth.Healthy or CloudMapHealth.Unhealthy
                ? null
                : $"{CloudMapHealth.Healthy} or {CloudMapHealth.Unhealthy}",
            _ when key.StartsWith(Reserved, StringComparison.Ordinal) =>
                $"left out: there are {string.Join(", ", Known)}, and what comes from EC2 or a load balancer is not known here",
            _ => null,
        };
        return mustBe is null ? null : $"Attributes:{Show(key)} is '{Show(value)}'; it must be {mustBe}.";
    }

    /// <summary>
    /// Short and octal forms of IPv4, and zones and brackets of IPv6, mean an address to some readers and another one, or none, to others.
    /// </summary>
    private static bool IsAddress(string text, AddressFamily family) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == family
        && (family == AddressFamily.InterNetwork ? address.ToString() == text : text.AsSpan().IndexOfAny('%', '[') < 0);

    private static bool TryReadPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= ushort.MaxValue
        && text[0] != '0';

    private static string Show(string text) => Limits.Show(text.Length > 80 ? text[..80] + "…" : text);
}
