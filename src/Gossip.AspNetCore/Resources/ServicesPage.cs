using System.Text.Json.Serialization;
using Gossip.Diagnostics;

using static Gossip.AspNetCore.Resources.PageJson;

namespace Gossip.AspNetCore.Resources;

/// <summary>All services with their instances, as this node sees them.</summary>
internal sealed record ServicesPage(int Schema, long Revision, DateTimeOffset Now, IReadOnlyList<ServicePart> Services)
{
    public static ServicesPage Of(NodeReport report) => new(
        PageJson.Schema, report.Snapshot.Revision, report.Now,
        [.. report.Snapshot.Services.Select(name => ServicePart.Of(name, report))]);

    /// <summary>Which instances of some services this process passes over, as they failed it.</summary>
    public static IEnumerable<string> Marks(NodeReport report, params IEnumerable<string> services) =>
        from instance in services.SelectMany(report.Snapshot.GetAllInstances)
        where instance.IsEjected
        select $"{instance.OwnerId} {instance.InstanceId}";
}

/// <summary>The instances of one service.</summary>
internal sealed record InstancesPage(
    int Schema, long Revision, DateTimeOffset Now, string Name, IReadOnlyList<InstancePart> Instances)
{
    public static InstancesPage Of(string name, NodeReport report) => new(
        PageJson.Schema, report.Snapshot.Revision, report.Now, name, ServicePart.Of(name, report).Instances);
}

internal sealed record ServicePart(string Name, IReadOnlyList<InstancePart> Instances)
{
    public static ServicePart Of(string name, NodeReport report) =>
        new(name, [.. report.Snapshot.GetAllInstances(name).Select(instance => InstancePart.Of(instance, report))]);
}

internal sealed record InstancePart(
    string Id,
    string Node,
    string NodeId,
    string Version,
    string State,
    bool OutOfReach,
    string? Reason,
    int Weight,
    string Zone,
    string Region,
    string Environment,
    string Host,
    IReadOnlyList<EndpointPart> Endpoints,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? RefusedEndpoints,
    IReadOnlyList<string> DependsOn,
    IReadOnlyList<string> AuthorizedRoles,
    IReadOnlyList<string> Tags,
    IReadOnlyDictionary<string, string> Metadata,
    LeasePart? Lease,
    LoadPart? Load,
    CallsPart? Calls)
{
    public static InstancePart Of(ServiceInstance instance, NodeReport report) => new(
        instance.InstanceId,
        instance.NodeName ?? "",
        instance.OwnerId.ToString(),
        instance.Version ?? "",
        EnumText.Of(instance.State),
        instance.IsOutOfReach,
        instance.Reason,
        instance.Weight,
        instance.Zone ?? "",
        instance.Region ?? "",
        instance.Environment ?? "",
        instance.Host ?? "",
        [.. instance.Endpoints.Select(EndpointPart.Of)],
        instance.RefusedEndpoints.Count == 0 ? null : [.. instance.RefusedEndpoints.Select(endpoint => endpoint.ToString())],
        instance.DependsOn,
        instance.AuthorizedRoles,
        instance.Tags,
        instance.Metadata,
        LeasePart.Of(instance),
        LoadPart.Of(report.Figures.GetValueOrDefault(instance.OwnerId).Load),
        CallsPart.Of(instance));
}

/// <summary>
/// The agent that registered an instance; and whether it has gone, so that the instance is shown only until its lease ends.
/// </summary>
internal sealed record LeasePart(string Agent, double Seconds, bool Orphaned)
{
    public static LeasePart? Of(ServiceInstance instance) =>
        instance.Lease is { } lease ? new(lease.Agent, lease.Time.TotalSeconds, instance.IsOrphaned) : null;
}

/// <summary>The calls of an instance by this process, those that ended in the last minute; null where it never called it.</summary>
internal sealed record CallsPart(
    int InFlight, long Calls, long Failures, double? LatencyMs, double? P50Ms, double? P90Ms, double? P99Ms, bool Ejected)
{
    public static CallsPart? Of(ServiceInstance instance)
    {
        if (instance.Begun is not { } begun)
            return null;
        var ended = begun.LastMinute();
        return new(
            begun.InFlight, ended.Calls, ended.Failures, begun.Latency > 0 ? Short(begun.Latency) : null,
            Short(ended.Quantile(0.5)), Short(ended.Quantile(0.9)), Short(ended.Quantile(0.99)), begun.Ejection is not null);
    }
}

internal sealed record EndpointPart(string Name, string Address, string? Protocol)
{
    public static EndpointPart Of(ServiceEndpoint endpoint) =>
        new(endpoint.Name, endpoint.ToString(), endpoint.Protocol);
}
