using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Gossip.Cli.Protocols.Prometheus;

/// <summary>
/// Writes an instance as a group of one target. What is known of it are labels that begin with <c>__meta_gossip_</c>, which Prometheus
/// drops after its rules of relabeling. An instance without an endpoint is none.
/// </summary>
internal static class PrometheusTarget
{
    /// <summary>What a label of Prometheus begins with that is dropped after relabeling.</summary>
    public const string Prefix = "__meta_gossip_";

    /// <summary>Which endpoint is scraped where nobody asks for another: the first of these that there is, else the first.</summary>
    private static readonly string[] Preferred = ["metrics", "http"];

    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <param name="writer">Where it is written.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="name">The endpoint that is asked for, without which there is no target; null for the usual one.</param>
    public static void Write(Utf8JsonWriter writer, ServiceInstance instance, string? name)
    {
        if (EndpointOf(instance, name) is not { } endpoint)
            return;
        writer.WriteStartObject();
        writer.WriteStartArray("targets");
        writer.WriteStringValue(AddressOf(endpoint));
        writer.WriteEndArray();
        writer.WriteStartObject("labels");
        foreach (var (key, value) in LabelsOf(instance, endpoint).DistinctBy(label => label.Key))
            writer.WriteString(key, value);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>A key as a part of a label's name: letters, digits and '_' stay, and each other character becomes '_'.</summary>
    public static string NameOf(string key) =>
        string.Concat(key.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));

    private static ServiceEndpoint? EndpointOf(ServiceInstance instance, string? name) => name is not null
        ? Named(instance, name)
        : Preferred.Select(one => Named(instance, one)).FirstOrDefault(one => one is not null) 
            ?? (instance.Endpoints.Count > 0 ? instance.Endpoints[0] : null);

    private static ServiceEndpoint? Named(ServiceInstance instance, string name) =>
        instance.Endpoints.FirstOrDefault(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static string AddressOf(ServiceEndpoint endpoint) => endpoint.Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{endpoint.Host.Trim('[', ']')}]:{endpoint.Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{endpoint.Host}:{endpoint.Port}");

    /// <summary>Of two keys that are one label the first counts, by the order of their letters.</summary>
    private static IEnumerable<(string Key, string Value)> LabelsOf(ServiceInstance instance, ServiceEndpoint endpoint)
    {
        // How a target is asked is what its endpoint says; what is no HTTP is left to the rules.
        if (endpoint.Scheme is "http" or "https")
            yield return ("__scheme__", endpoint.Scheme);
        (string Key, string? Value)[] known =
        [
            ("service", instance.Service), ("instance", instance.InstanceId), ("node", instance.NodeName), ("zone", instance.Zone),
            ("region", instance.Region), ("environment", instance.Environment), ("host", instance.Host), ("version", instance.Version),
            ("state", instance.State.ToString().ToLowerInvariant()), ("reachable", instance.IsOutOfReach ? "false" : "true"),
            ("weight", instance.Weight.ToString(CultureInfo.InvariantCulture)),
            ("tags", instance.Tags.Count == 0 ? null : $",{string.Join(',', instance.Tags)},"),
            ("scheme", endpoint.Scheme), ("endpoint", endpoint.Name),
        ];
        foreach (var (key, value) in known)
        {
            if (value is not null)
                yield return (Prefix + key, value);
        }

        foreach (var one in instance.Endpoints)
            yield return ($"{Prefix}address_{NameOf(one.Name)}", AddressOf(one));
        foreach (var (key, value) in instance.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            yield return ($"{Prefix}metadata_{NameOf(key)}", value);
    }
}
