using System.Text.Json;
using Gossip.Cli.Agent.Definitions;
using Gossip.Protocol;

namespace Gossip.Cli.Protocols.Eureka.Model;

/// <summary>
/// Makes the agent's definition of what a Eureka client has registered. What Eureka says of an instance and a record has no place for goes
/// along in the record's metadata, under keys that begin with <c>eureka.</c>, so that readers of other agents are told the same.
/// </summary>
internal static class EurekaTemplate
{
    /// <summary>Who says so, for people.</summary>
    public const string Origin = "a client of Eureka's API";

    /// <summary>The key of the instance's own id, which only records of this façade have.</summary>
    public const string IdKey = "eureka.id";

    /// <summary>The key of its host, where no endpoint says it.</summary>
    public const string HostKey = "eureka.hostName";

    /// <summary>What else goes along: its key, and the value where it is not what readers take it for without one.</summary>
    private static readonly (string Key, Func<EurekaInstance, string?> Value)[] More =
    [
        (IdKey, one => one.InstanceId),
        (HostKey, one => one.IsPortEnabled || one.IsSecurePortEnabled ? null : one.HostName),
        ("eureka.ipAddr", one => one.IpAddr == one.HostName ? null : one.IpAddr),
        ("eureka.vipAddress", one => one.VipAddress),
        ("eureka.secureVipAddress", one => one.SecureVipAddress),
        ("eureka.appGroupName", one => one.AppGroupName),
        ("eureka.homePageUrl", one => one.HomePageUrl),
        ("eureka.statusPageUrl", one => one.StatusPageUrl),
        ("eureka.healthCheckUrl", one => one.HealthCheckUrl),
        ("eureka.secureHealthCheckUrl", one => one.SecureHealthCheckUrl),
    ];

    private static readonly HashSet<string> Reserved = [.. More.Select(one => one.Key)];

    /// <summary>
    /// The id of its record, among all of the agent: instances of two applications may be called alike. No application has a colon.
    /// </summary>
    public static string KeyOf(string app, string id) => $"{app}:{id}";

    /// <summary>The application and the instance's own id, of the id of a record.</summary>
    public static (string App, string Id) PartsOf(string key)
    {
        var colon = key.IndexOf(':', StringComparison.Ordinal);
        return (key[..colon], key[(colon + 1)..]);
    }

    /// <summary>What of the definition may change it: not what the client and others say of its status.</summary>
    public static string TextOf(EurekaInstance instance, EurekaCheck check) => JsonSerializer.Serialize(
        instance with { Status = default, Override = default, RegisteredAt = 0, UpdatedAt = 0, DirtyAt = 0 },
        EurekaInstanceJson.Default.EurekaInstance) + check.Key;

    public static ServiceDefinition Of(EurekaInstance instance, EurekaCheck check, string text) => new()
    {
        Id = KeyOf(instance.App, instance.InstanceId),
        Name = instance.App.ToLowerInvariant(),
        Endpoints = [.. EndpointsOf(instance)],
        Metadata = MetadataOf(instance),
        Version = NameOf(instance, "version", Limits.NameBytes),
        Zone = NameOf(instance, "zone", Limits.ZoneBytes),
        Checks = [CheckOf(check)],
        DrainWait = TimeSpan.Zero,
        Text = text,
        Origin = Origin,
    };

    /// <summary>Whether a record has that key of metadata from here, and not from its client.</summary>
    public static bool IsReserved(string key) => Reserved.Contains(key);

    /// <summary>What goes along in a record under a key; null for nothing.</summary>
    public static string? Find(ServiceInstance instance, string key) => instance.Metadata.GetValueOrDefault($"eureka.{key}");

    private static Dictionary<string, string> MetadataOf(EurekaInstance instance)
    {
        var all = instance.Metadata.Where(pair => !Reserved.Contains(pair.Key)).ToDictionary(StringComparer.Ordinal);
        foreach (var (key, value) in More)
        {
            if (value(instance) is { } text)
                all[key] = text;
        }

        return all;
    }

    private static string? NameOf(EurekaInstance instance, string key, int bytes) =>
        instance.Metadata.GetValueOrDefault(key) is { Length: > 0 } text && Limits.IsName(text, bytes) ? text : null;

    private static IEnumerable<EndpointDefinition> EndpointsOf(EurekaInstance instance)
    {
        if (instance.IsPortEnabled)
            yield return new("http", "http", instance.HostName, instance.Port, null);
        if (instance.IsSecurePortEnabled)
            yield return new("https", "https", instance.HostName, instance.SecurePort, null);
    }

    private static CheckDefinition CheckOf(EurekaCheck check) => new()
    {
        Id = EurekaCheck.Id,
        Kind = CheckKind.Ttl,
        // The end of a renewal counts at once.
        Interval = TimeSpan.FromMilliseconds(Math.Clamp(check.Duration.TotalMilliseconds / 10, 100, 1_000)),
        Timeout = TimeSpan.FromSeconds(5),
        Ttl = check.Duration,
        Own = check,
        Text = check.Key,
    };
}
