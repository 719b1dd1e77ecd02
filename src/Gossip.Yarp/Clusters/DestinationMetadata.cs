using System.Globalization;

namespace Gossip.Yarp.Clusters;

/// <summary>What a destination tells of its instance, to policies and pages of the application's own.</summary>
internal static class DestinationMetadata
{
    public const string State = "state";

    public static IReadOnlyDictionary<string, string> Of(ServiceInstance instance)
    {
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["service"] = instance.Service,
            ["instance"] = instance.InstanceId,
            ["weight"] = instance.Weight.ToString(CultureInfo.InvariantCulture),
            [State] = StateOf(instance),
        };
        Add("node", instance.NodeName);
        Add("zone", instance.Zone);
        Add("version", instance.Version);
        return metadata;

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                metadata[key] = value;
        }
    }

    /// <summary>Whether a destination takes new requests, by its instance's own word.</summary>
    public static bool IsWanted(IReadOnlyDictionary<string, string>? metadata) =>
        metadata is null || !metadata.TryGetValue(State, out var state) || state is "ready" or "degraded";

    private static string StateOf(ServiceInstance instance) =>
        instance.IsOutOfReach ? "out-of-reach" : instance.IsRefused ? "refused" : instance.State.ToString().ToLowerInvariant();
}
