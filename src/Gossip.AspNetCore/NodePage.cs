using System.Text.Json;
using System.Text.Json.Serialization;
using Gossip.Diagnostics;

namespace Gossip.AspNetCore;

/// <summary>
/// The diagnostic endpoint's answer. Property names and enum values are camel case; times are ISO 8601 and spans seconds.
/// </summary>
internal sealed record NodePage(
    NodePart Node,
    IReadOnlyList<MemberPart> Members,
    IReadOnlyList<ServicePart> Services,
    IReadOnlyList<EventPart> Events,
    VersionsPart Versions,
    CountersPart Counters)
{
    public static NodePage Of(NodeReport report) => new(
        NodePart.Of(report),
        [.. report.Members.Select(member => MemberPart.Of(member, report))],
        [.. report.Snapshot.Services.Select(name => ServicePart.Of(name, report.Snapshot))],
        [.. report.Events.Reverse().Select(EventPart.Of)],
        VersionsPart.Current,
        CountersPart.Of(report));
}

internal sealed record NodePart(
    string Id,
    string Name,
    string Cluster,
    string Zone,
    string Address,
    string AddressChosenBecause,
    string ListensAt,
    string? KeyFingerprint,
    IReadOnlyList<string> AcceptedKeys,
    bool Synchronized,
    bool Left,
    int LocalHealth,
    long Revision,
    DateTimeOffset StartedAt,
    double UptimeSeconds)
{
    public static NodePart Of(NodeReport report) => new(
        report.Identity.Id.ToString(),
        report.Identity.Name,
        report.Identity.Cluster,
        report.Options.Zone,
        report.Identity.Advertised.ToString(),
        report.Identity.AdvertisedBecause,
        report.Identity.Local.ToString(),
        report.Identity.KeyFingerprint,
        report.Identity.KeyFingerprints,
        report.IsSynchronized,
        report.HasLeft,
        report.LocalHealth,
        report.Snapshot.Revision,
        report.StartedAt,
        Math.Round(report.Uptime.TotalSeconds, 3));
}

internal sealed record MemberPart(
    string Id,
    string Name,
    string Address,
    string Zone,
    string State,
    bool Self,
    ulong Incarnation,
    DateTimeOffset Since,
    DateTimeOffset? LastHeard,
    string? Evidence,
    bool OutOfReach,
    bool RecordsHeld,
    string? KeyFingerprint)
{
    public static MemberPart Of(MemberSnapshot member, NodeReport report) => new(
        member.Id,
        member.Name,
        member.Profile.Address.ToString(),
        member.Profile.Zone,
        EnumText.Of(member.State),
        member.Profile.Id == report.Identity.Id,
        member.Profile.Incarnation.Value,
        member.Since,
        member.LastHeard,
        EnumText.Of(member.Evidence),
        member.IsOutOfReach,
        !member.IsUnheld,
        member.KeyFingerprint);
}

internal sealed record ServicePart(string Name, IReadOnlyList<InstancePart> Instances)
{
    public static ServicePart Of(string name, ServiceSnapshot snapshot) =>
        new(name, [.. snapshot.GetAllInstances(name).Select(InstancePart.Of)]);
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
    IReadOnlyDictionary<string, string> Metadata)
{
    public static InstancePart Of(ServiceInstance instance) => new(
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
        instance.Metadata);
}

internal static class EnumText
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    public static string? Of(Evidence evidence) => evidence == Evidence.None ? null : Of<Evidence>(evidence);
}

internal sealed record EndpointPart(string Name, string Address, string? Protocol)
{
    public static EndpointPart Of(ServiceEndpoint endpoint) =>
        new(endpoint.Name, endpoint.ToString(), endpoint.Protocol);
}

internal sealed record EventPart(
    DateTimeOffset At, string What, string Member, string Address, ulong Incarnation, IReadOnlyList<TestimonyPart>? Because)
{
    public static EventPart Of(NodeEvent happened) => new(
        happened.At,
        EnumText.Of(happened.Kind),
        happened.Name,
        happened.Address.ToString(),
        happened.Incarnation.Value,
        happened.Testimonies.Count == 0 ? null : [.. happened.Testimonies.Select(TestimonyPart.Of)]);
}

internal sealed record TestimonyPart(string Accuser, string Evidence, int AccuserLocalHealth, double? AccuserRoundTripMs)
{
    public static TestimonyPart Of(NamedTestimony testimony) =>
        new(testimony.Accuser, EnumText.Of(testimony.Evidence)!, testimony.LocalHealth, testimony.RoundTrip?.TotalMilliseconds);
}

/// <summary>What was said of a member, and what came of it, the oldest first.</summary>
internal sealed record WhyPage(string Member, string? State, IReadOnlyList<EventPart> Events)
{
    /// <summary>Endpoints that the member names and that nobody is sent to; null where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? RefusedEndpoints { get; init; }

    public static WhyPage Of(
        string member, MemberSnapshot? known, IReadOnlyList<NodeEvent> events, IReadOnlyList<string>? refused = null) =>
        new(member, known is null ? null : EnumText.Of(known.State), [.. events.Select(EventPart.Of)])
        {
            RefusedEndpoints = refused is { Count: > 0 } ? refused : null,
        };
}

internal sealed record VersionsPart(string Library, int Protocol, int Format)
{
    public static VersionsPart Current { get; } = new(
        typeof(GossipOptions).Assembly.GetName().Version?.ToString(3) ?? "0.0.0",
        Gossip.Protocol.Node.ProtocolVersion, Gossip.Protocol.Node.FormatVersion);
}

internal sealed record CountersPart(
    NodeFigures Protocol, Gossip.Transport.TransportFigures Transport, ShellFigures Shell, long LoopFailures)
{
    public static CountersPart Of(NodeReport report) => new(report.Counters, report.Transport, report.Shell, report.LoopFailures);
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    WriteIndented = true,
    DictionaryKeyPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NodePage))]
[JsonSerializable(typeof(WhyPage))]
[JsonSerializable(typeof(DoctorPage))]
[JsonSerializable(typeof(GraphPage))]
internal sealed partial class PageJson : JsonSerializerContext;
