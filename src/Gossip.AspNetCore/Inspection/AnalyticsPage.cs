using Gossip.AspNetCore.Resources;
using Gossip.Inspection;
using Gossip.Loop;
using Gossip.Protocol;

using static Gossip.AspNetCore.Resources.PageJson;

namespace Gossip.AspNetCore.Inspection;

/// <summary>How the instances of each service answered in the last minute, as those who called them experienced it.</summary>
internal sealed record AnalyticsPage(
    int Schema,
    DateTimeOffset Now,
    int WindowSeconds,
    string Scope,
    int Asked,
    int Answered,
    IReadOnlyList<ServiceCallsPart> Services,
    IReadOnlyList<string> Outliers,
    int LeftOut)
{
    /// <summary>The counts cover this and a quarter more, and rates are of what they cover.</summary>
    private const int Window = 60;

    public static AnalyticsPage Of(string scope, int asked, IReadOnlyList<CallsReport> reports, GossipNode node)
    {
        ServiceCallsPart[] services =
        [
            .. ServiceAnalysis.Of(reports.SelectMany(report => report.Calls)).Select(service => ServiceCallsPart.Of(service, node)),
        ];
        return new(
            PageJson.Schema,
            node.Now,
            Window,
            scope,
            asked,
            reports.Count,
            services,
            [.. services.SelectMany(service => service.Instances).Select(one => one.Outlier).OfType<string>()],
            reports.Sum(report => report.LeftOut));
    }
}

internal sealed record ServiceCallsPart(
    string Name,
    long Calls,
    long Failures,
    double CallsPerSecond,
    double FailureRate,
    double? P50Ms,
    double? P90Ms,
    double? P99Ms,
    long InFlight,
    IReadOnlyList<InstanceCallsPart> Instances)
{
    public static ServiceCallsPart Of(ServiceAnalysis service, GossipNode node)
    {
        var all = service.LastMinute;
        return new(
            service.Name, all.Calls, all.Failures, Short(all.CallsPerSecond), Short(all.FailureRate),
            Short(all.Quantile(0.5)), Short(all.Quantile(0.9)), Short(all.Quantile(0.99)), service.InFlight,
            [.. service.Instances.Select(one => InstanceCallsPart.Of(one, node))]);
    }
}

internal sealed record InstanceCallsPart(
    string Id,
    string Node,
    string NodeId,
    long Calls,
    long Failures,
    double? P50Ms,
    double? P90Ms,
    double? P99Ms,
    long InFlight,
    LoadPart? Load,
    string? Outlier,
    bool Gone)
{
    public static InstanceCallsPart Of(AnalyzedInstance one, GossipNode node)
    {
        var (all, waiting) = (one.Called.LastMinute, one.Called.InFlight);
        var hangs = one.Called.IsGone && waiting > 0
            ? $"{one.Called.Id} on {one.Called.NodeName}: "
                + $"{(waiting == 1 ? "1 call to it waits" : $"{waiting} calls to it wait")} for an answer, and it is gone"
            : null;
        return new(
            one.Called.Id, one.Called.NodeName, one.Called.NodeId.ToString(), all.Calls, all.Failures,
            Short(all.Quantile(0.5)), Short(all.Quantile(0.9)), Short(all.Quantile(0.99)), one.Called.InFlight,
            LoadOf(one.Called.NodeId, node), hangs ?? one.Outlier, one.Called.IsGone);
    }

    /// <summary>How busy the instance's node says it is; null where it says nothing.</summary>
    private static LoadPart? LoadOf(MemberId member, GossipNode node) => LoadPart.Of(
        node.Loads.Find(member) is { } cell && cell.TryRead(new Instant(node.Uptime), out var load, out _) ? load : null);
}

/// <summary>One service calls another.</summary>
internal sealed record EdgePart(
    string From, string To, double CallsPerSecond, double FailuresPerSecond, double? P50Ms, double? P99Ms, int Callers)
{
    public static EdgePart Of(ServiceEdge edge) => new(
        edge.From, edge.To, Short(edge.LastMinute.CallsPerSecond), Short(edge.LastMinute.FailuresPerSecond),
        Short(edge.LastMinute.Quantile(0.5)), Short(edge.LastMinute.Quantile(0.99)), edge.Callers);
}
