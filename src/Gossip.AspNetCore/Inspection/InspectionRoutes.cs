using Gossip.AspNetCore.Resources;
using Gossip.Hosting;
using Gossip.Inspection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Gossip.AspNetCore.Inspection;

/// <summary>
/// The resources that speak of other processes too: they ask the members when somebody looks, and tell who did not answer.
/// </summary>
internal static class InspectionRoutes
{
    private const string Node = "node";
    private const string Cluster = "cluster";

    /// <summary>More than that nobody reads, and no ring holds of a quiet cluster.</summary>
    private const int MostMinutes = 7 * 24 * 60;

    public static void Map(RouteGroupBuilder group, GossipLifecycle lifecycle)
    {
        group.MapMethods("/timeline", ResourceRoutes.Reads, (string? member, string? minutes, CancellationToken cancellation) =>
                TimelineAsync(lifecycle, member, minutes, cancellation))
            .WithSummary("What happened in the cluster, as all its members saw it, in an order that no clock decides")
            .Produces<TimelinePage>(StatusCodes.Status200OK, ResourceRoutes.Json)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
        group.MapMethods("/analytics", ResourceRoutes.Reads, (string? scope, CancellationToken cancellation) =>
                AnalyzeAsync(lifecycle, scope, cancellation))
            .WithSummary("How the instances of each service answered in the last minute, and which stand out")
            .Produces<AnalyticsPage>(StatusCodes.Status200OK, ResourceRoutes.Json)
            .ProducesProblem(StatusCodes.Status400BadRequest);
        group.MapMethods("/graph", ResourceRoutes.Reads, (string? scope, CancellationToken cancellation) =>
                DrawAsync(lifecycle, scope, cancellation))
            .WithSummary("Which services depend on which, which call which, what is missing, and what depends on itself in a circle")
            .Produces<GraphPage>(StatusCodes.Status200OK, ResourceRoutes.Json)
            .ProducesProblem(StatusCodes.Status400BadRequest);
    }

    private static async Task<IResult> TimelineAsync(
        GossipLifecycle lifecycle, string? member, string? minutes, CancellationToken cancellation)
    {
        var past = 0;
        if (!string.IsNullOrEmpty(minutes) && !(int.TryParse(minutes, out past) && past is > 0 and <= MostMinutes))
        {
            return PageResult.BadRequest(
                $"minutes is '{minutes}', which is no whole number from 1 to {MostMinutes}. "
                    + "Give one, or leave it out for all that is kept.");
        }

        var answers = await lifecycle.Inspection.AskAsync(InspectionTopic.Events, cancellation).ConfigureAwait(false);
        var now = lifecycle.Running.Now;
        var since = past == 0 ? DateTimeOffset.MinValue : now - TimeSpan.FromMinutes(past);
        var members = lifecycle.Running.Published.Members;
        var isKnown = string.IsNullOrEmpty(member) || members.Any(one => one.Is(member));
        return TimelinePage.Of(answers, now, since, member, isKnown) is { } page
            ? Results.Json(page, PageJson.Indented.TimelinePage)
            : ResourceRoutes.NoMember(member!, members);
    }

    private static async Task<IResult> AnalyzeAsync(GossipLifecycle lifecycle, string? scope, CancellationToken cancellation)
    {
        if (!IsScope(scope))
            return NoScope(scope!);
        var (asked, reports) = await CallsAsync(lifecycle, scope, cancellation).ConfigureAwait(false);
        return Results.Json(AnalyticsPage.Of(scope ?? Node, asked, reports, lifecycle.Running), PageJson.Indented.AnalyticsPage);
    }

    private static async Task<IResult> DrawAsync(GossipLifecycle lifecycle, string? scope, CancellationToken cancellation)
    {
        if (!IsScope(scope))
            return NoScope(scope!);
        var (asked, reports) = await CallsAsync(lifecycle, scope, cancellation).ConfigureAwait(false);
        var page = GraphPage.Of(lifecycle.Running.Published, lifecycle.Running.Now) with
        {
            Asked = asked, Answered = reports.Count, Edges = [.. ServiceEdge.Of(reports).Select(EdgePart.Of)],
        };
        return Results.Json(page, PageJson.Indented.GraphPage);
    }

    /// <summary>The calls of this process or, where the whole cluster is meant, of all that answer.</summary>
    private static async Task<(int Asked, IReadOnlyList<CallsReport> Reports)> CallsAsync(
        GossipLifecycle lifecycle, string? scope, CancellationToken cancellation)
    {
        if (scope != Cluster)
            return (1, [lifecycle.Calls]);
        var answers = await lifecycle.Inspection.AskAsync(InspectionTopic.Calls, cancellation).ConfigureAwait(false);
        return (answers.Asked, CallsContent.Read(answers.Answers));
    }

    private static bool IsScope(string? scope) => scope is null or Node or Cluster;

    private static IResult NoScope(string scope) =>
        PageResult.BadRequest($"scope is '{scope}'. Write {Node} for what this process calls, or {Cluster} for what all processes call.");
}
