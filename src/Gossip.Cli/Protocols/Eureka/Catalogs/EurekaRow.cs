using System.Collections.Immutable;
using System.Globalization;
using Gossip.Cli.Protocols.Eureka.Model;
using Gossip.Cli.Protocols.Eureka.Wire;

namespace Gossip.Cli.Protocols.Eureka.Catalogs;

/// <summary>One instance as readers see it. It is written at first use: of thousands, few are asked for in both ways.</summary>
/// <param name="instance">What is said of it.</param>
/// <param name="origin">What it was made of, to see that nothing is another.</param>
internal sealed class EurekaRow(EurekaInstance instance, object origin)
{
    private byte[]? _json;
    private byte[]? _xml;

    public EurekaInstance Instance => instance;

    public object Origin => origin;

    /// <summary>Names it among all.</summary>
    public (string App, string Id) Key => (instance.App, instance.InstanceId);

    /// <summary>Its bytes in a list. Two threads that come together may both write it, and write the same.</summary>
    public byte[] Bytes(EurekaFormat format) => format == EurekaFormat.Json
        ? Volatile.Read(ref _json) ?? (_json = InstanceText.Of(instance, "ADDED", format))
        : Volatile.Read(ref _xml) ?? (_xml = InstanceText.Of(instance, "ADDED", format));
}

/// <summary>An application with its instances.</summary>
internal sealed class EurekaApplication
{
    private readonly int[] _counts = new int[EurekaStatusText.Count];

    public EurekaApplication(string name, ImmutableSortedDictionary<string, EurekaRow> rows)
    {
        (Name, Rows) = (name, rows);
        foreach (var row in rows.Values)
            _counts[(int)row.Instance.Effective]++;
    }

    /// <summary>Its name, in capitals.</summary>
    public string Name { get; }

    /// <summary>Its instances by their ids.</summary>
    public ImmutableSortedDictionary<string, EurekaRow> Rows { get; }

    /// <summary>How many instances are in each state.</summary>
    public IReadOnlyList<int> Counts => _counts;

    public WrittenApplication Written(EurekaFormat format) => new(Name, Rows.Values.Select(row => row.Bytes(format)));
}

/// <summary>Makes rows of what a member has told.</summary>
internal static class EurekaRows
{
    /// <summary>
    /// An instance by its record. One that no Eureka client has registered is named by its node too, or by its agent, whose name outlives a
    /// restart.
    /// </summary>
    public static EurekaInstance Of(ServiceInstance instance, long now)
    {
        var plain = instance.Endpoints.FirstOrDefault(one => one.Scheme != Uri.UriSchemeHttps);
        var secure = instance.Endpoints.FirstOrDefault(one => one.Scheme == Uri.UriSchemeHttps);
        var node = instance.Owner?.Address.ToIPAddress().ToString() ?? "";
        var host = (plain ?? secure)?.Host ?? EurekaTemplate.Find(instance, "hostName") ?? node;
        var address = System.Net.IPAddress.TryParse(host, out _) ? host : node;
        var metadata = instance.Metadata.Where(pair => !EurekaTemplate.IsReserved(pair.Key)).ToDictionary(StringComparer.Ordinal);
        AddTo(metadata, "zone", instance.Zone);
        AddTo(metadata, "version", instance.Version);
        return new EurekaInstance
        {
            InstanceId = EurekaTemplate.Find(instance, "id")
                ?? string.Create(CultureInfo.InvariantCulture, $"{instance.Lease?.Agent ?? instance.NodeName}:{instance.InstanceId}"),
            App = instance.Service.ToUpperInvariant(),
            AppGroupName = EurekaTemplate.Find(instance, "appGroupName"),
            HostName = host,
            IpAddr = EurekaTemplate.Find(instance, "ipAddr") ?? address,
            Status = EurekaStatusText.Of(instance.State, instance.IsOutOfReach),
            // Who looks at the port alone, whether it is enabled or not, is led to the one that there is.
            Port = (plain ?? secure)?.Port ?? 0,
            IsPortEnabled = plain is not null,
            SecurePort = secure?.Port ?? 0,
            IsSecurePortEnabled = secure is not null,
            VipAddress = EurekaTemplate.Find(instance, "vipAddress") ?? instance.Service,
            SecureVipAddress = EurekaTemplate.Find(instance, "secureVipAddress") ?? (secure is null ? null : instance.Service),
            HomePageUrl = EurekaTemplate.Find(instance, "homePageUrl") ?? HomeOf(plain) ?? HomeOf(secure),
            StatusPageUrl = EurekaTemplate.Find(instance, "statusPageUrl"),
            HealthCheckUrl = EurekaTemplate.Find(instance, "healthCheckUrl"),
            SecureHealthCheckUrl = EurekaTemplate.Find(instance, "secureHealthCheckUrl"),
            Metadata = metadata,
            RegisteredAt = now,
            UpdatedAt = now,
            DirtyAt = now,
        };
    }

    private static void AddTo(Dictionary<string, string> metadata, string key, string? value)
    {
        if (value is not null)
            metadata.TryAdd(key, value);
    }

    private static string? HomeOf(ServiceEndpoint? endpoint) =>
        endpoint is { Scheme: "http" or "https", Uri: { } uri } ? uri.ToString() : null;
}
