using System.Globalization;
using Yarp.ReverseProxy.Model;

namespace Gossip.Yarp.Clusters;

/// <summary>What a destination tells of its instance, to policies and pages of the application's own.</summary>
internal static class DestinationMetadata
{
    public const string State = "state";

    /// <summary>
    /// The id that the destination was given here: a resolver of destinations, as that of Microsoft's service discovery, gives it another,
    /// and leaves the metadata.
    /// </summary>
    private const string Id = "id";

    public static IReadOnlyDictionary<string, string> Of(ServiceInstance instance, string id)
    {
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            [Id] = id,
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

    /// <summary>The id by which the destination is known here.</summary>
    public static string IdOf(DestinationState destination) =>
        destination.Model.Config.Metadata is { } metadata && metadata.TryGetValue(Id, out var id) ? id : destination.DestinationId;

    /// <summary>Whether a destination takes new requests, by its instance's own word.</summary>
    public static bool IsWanted(IReadOnlyDictionary<string, string>? metadata) =>
        metadata is null || !metadata.TryGetValue(State, out var state) || state is "ready" or "degraded";

    private static string StateOf(ServiceInstance instance) =>
        instance.IsOutOfReach ? "out-of-reach" : instance.IsRefused ? "refused" : instance.State.ToString().ToLowerInvariant();
}
