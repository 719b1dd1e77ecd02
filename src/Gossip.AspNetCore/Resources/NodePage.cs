using Gossip.AspNetCore.Events;
using Gossip.Diagnostics;

namespace Gossip.AspNetCore.Resources;

/// <summary>This node, and the cluster as it sees it.</summary>
internal sealed record NodePage(
    int Schema,
    DateTimeOffset Now,
    NodePart Node,
    ConvergencePart? Convergence,
    IReadOnlyList<MemberPart> Members,
    IReadOnlyList<ServicePart> Services,
    IReadOnlyList<EventPart> Events,
    VersionsPart Versions,
    CountersPart Counters)
{
    public static NodePage Of(NodeReport report, EventStreamFigures events) => new(
        PageJson.Schema,
        report.Now,
        NodePart.Of(report),
        ConvergencePart.Of(report),
        [.. report.Members.Select(member => MemberPart.Of(member, report))],
        [.. report.Snapshot.Services.Select(name => ServicePart.Of(name, report))],
        [.. report.Events.Reverse().Select(happened => EventPart.Of(happened, report.Identity.Id))],
        VersionsPart.Current,
        CountersPart.Of(report, events));
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
        PageJson.Short(report.Uptime.TotalSeconds));
}

/// <summary>As in "38 of 41 peers hold version 17" of this node's own records.</summary>
internal sealed record ConvergencePart(ulong Version, int Holders, int Peers)
{
    public static ConvergencePart? Of(NodeReport report) =>
        report.Convergence is { } told ? new(told.Version, told.Holders, told.Peers) : null;
}

internal sealed record VersionsPart(string Library, int Protocol, int Format)
{
    public static VersionsPart Current { get; } = new(
        typeof(GossipOptions).Assembly.GetName().Version?.ToString(3) ?? "0.0.0",
        Gossip.Protocol.Node.ProtocolVersion, Gossip.Protocol.Node.FormatVersion);
}

internal sealed record CountersPart(
    NodeFigures Protocol, Gossip.Transport.TransportFigures Transport, ShellFigures Shell, long LoopFailures,
    EventStreamFigures Events)
{
    public static CountersPart Of(NodeReport report, EventStreamFigures events) =>
        new(report.Counters, report.Transport, report.Shell, report.LoopFailures, events);
}
