using Gossip.AspNetCore.Events;
using Gossip.AspNetCore.Inspection;
using Gossip.AspNetCore.Page;
using Gossip.Configuration;
using Gossip.Diagnostics;
using Gossip.Discovery;
using Gossip.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Gossip.AspNetCore.Resources;

/// <summary>
/// What the diagnostic endpoint answers to reads. An application that describes itself by OpenAPI has these routes in the description,
/// under one tag: they are a documented interface with a version, for which tools may generate clients.
/// </summary>
/// <param name="lifecycle">The node.</param>
/// <param name="services">The container.</param>
/// <param name="key">Which cluster.</param>
internal sealed class ResourceRoutes(GossipLifecycle lifecycle, IServiceProvider services, string? key)
{
    /// <summary>The tag of all routes in a description.</summary>
    public const string Tag = "Gossip";

    /// <summary>What all answers but the page and the events are.</summary>
    public const string Json = "application/json";

    /// <summary>Names that are as good as none are not compared with each other.</summary>
    private const int LongestName = 256;

    /// <summary>What <c>/why</c> is asked by.</summary>
    private static readonly string[] WhyKeys =
        ["member", "service", "version", "tag", "zone", "region", "environment", "endpoint", "scheme"];

    /// <summary>The methods of all resources but the events.</summary>
    public static readonly string[] Reads = [HttpMethods.Get, HttpMethods.Head];

    private readonly EventStream _events = new(
        lifecycle, TimeProvider.System, services.GetRequiredService<ILoggerFactory>().CreateLogger("Gossip"));

    /// <param name="group">Where.</param>
    /// <param name="isRoot">Whether that is the application's root, where what is not ours is not ours to answer.</param>
    public void Map(RouteGroupBuilder group, bool isRoot)
    {
        group.WithTags(Tag)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
            .AddEndpointFilter(RequireNodeAsync);
        MapCluster(group);
        MapReasons(group);
        InspectionRoutes.Map(group, lifecycle);
        if (isRoot)
            return;
        group.MapMethods("/{**resource}", Reads, (string resource) => PageResult.NotFound(
                $"There is nothing to read at '{resource}' below this endpoint, but members, services, services/{{name}}, why, events, "
                    + "series, doctor, timeline, analytics and graph."))
            .WithOrder(int.MaxValue)
            .ExcludeFromDescription();
    }

    private void MapCluster(RouteGroupBuilder group)
    {
        group.MapMethods("", Reads, (HttpContext http, CancellationToken cancellation) => DescribeAsync(http, cancellation))
            .Produces<NodePage>(StatusCodes.Status200OK, Json, "text/html")
            .WithSummary("The gossip node of this process, and the cluster as it sees it: JSON, or a page for browsers");
        group.MapMethods("/members", Reads, MembersAsync)
            .Produces<MembersPage>(StatusCodes.Status200OK, Json).Produces(StatusCodes.Status304NotModified)
            .WithSummary("The members of the cluster, those that are dead or gone included");
        group.MapMethods("/services", Reads, ServicesAsync)
            .Produces<ServicesPage>(StatusCodes.Status200OK, Json).Produces(StatusCodes.Status304NotModified)
            .WithSummary("The services and their instances");
        group.MapMethods("/services/{name}", Reads, InstancesAsync)
            .Produces<InstancesPage>(StatusCodes.Status200OK, Json).Produces(StatusCodes.Status304NotModified)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("The instances of one service");
        group.MapMethods("/series", Reads, SeriesAsync)
            .Produces<SeriesPage>(StatusCodes.Status200OK, Json)
            .WithSummary("What this node did in the last quarter of an hour, in steps of 5 s");
        group.MapGet("/events", (HttpContext http, string? since) => Follow(http, since))
            .Produces(StatusCodes.Status200OK, null, "text/event-stream")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            // A stream of an hour is no slow request, and no hung one.
            .DisableHttpMetrics()
            .DisableRequestTimeout()
            .WithSummary("What happens from now on, or since an id, as server-sent events");
    }

    private void MapReasons(RouteGroupBuilder group)
    {
        group.MapMethods("/doctor", Reads, async (CancellationToken cancellation) =>
                Results.Json(
                    DoctorPage.Of(await lifecycle.ExamineAsync(cancellation).ConfigureAwait(false)), PageJson.Indented.DoctorPage))
            .Produces<DoctorPage>(StatusCodes.Status200OK, Json)
            .WithSummary("Why nodes do not find or do not reach each other, and what to do about it");
        group.MapMethods("/why/{member}", Reads, WhyMemberAsync)
            .Produces<WhyPage>(StatusCodes.Status200OK, Json)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Why a member was suspected or held dead: who said so, on what evidence, who confirmed, and what came of it");
        group.MapMethods("/why", Reads, WhyAsync)
            .Produces<WhyPage>(StatusCodes.Status200OK, Json)
            .Produces<WhyServicePage>(StatusCodes.Status200OK, Json)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .WithSummary("Why a member is in its state, or why each instance of a service gets calls of this process or none");
    }

    /// <summary>Before the host has started the node, and after it has stopped it, there is nothing to tell.</summary>
    private ValueTask<object?> RequireNodeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.Headers.XContentTypeOptions = "nosniff";
        return lifecycle.IsRunning
            ? next(context)
            : ValueTask.FromResult<object?>(PageResult.Unavailable(
                "The node of this process does not run: the host is starting or stopping it. Ask again in a moment."));
    }

    private ValueTask<NodeReport> ReportAsync(CancellationToken cancellation) => lifecycle.ReportAsync(cancellation);

    /// <summary>One address for people and for tools: a cache has to keep the two apart.</summary>
    private async Task<IResult> DescribeAsync(HttpContext http, CancellationToken cancellation)
    {
        if (PageResult.IsForPeople(http.Request))
            return PageDocument.Serve(http);
        http.Response.Headers.Vary = HeaderNames.Accept;
        var report = await ReportAsync(cancellation).ConfigureAwait(false);
        return Results.Json(NodePage.Of(report, _events.Figures), PageJson.Indented.NodePage);
    }

    private async Task<IResult> MembersAsync(HttpContext http, CancellationToken cancellation)
    {
        var report = await ReportAsync(cancellation).ConfigureAwait(false);
        return PageResult.OfRevision(http, report, MembersPage.Of, PageJson.Indented.MembersPage, MembersPage.Marks(report));
    }

    private async Task<IResult> ServicesAsync(HttpContext http, CancellationToken cancellation)
    {
        var report = await ReportAsync(cancellation).ConfigureAwait(false);
        var marks = ServicesPage.Marks(report, report.Snapshot.Services);
        return PageResult.OfRevision(http, report, ServicesPage.Of, PageJson.Indented.ServicesPage, marks);
    }

    private async Task<IResult> InstancesAsync(HttpContext http, string name, CancellationToken cancellation)
    {
        var report = await ReportAsync(cancellation).ConfigureAwait(false);
        return report.Snapshot.Find(name) is { All.Count: > 0 } group
            ? PageResult.OfRevision(
                http, report, known => InstancesPage.Of(group.Name, known), PageJson.Indented.InstancesPage,
                ServicesPage.Marks(report, [name]))
            : NoService(name, report.Snapshot);
    }

    /// <summary>The header is that of a client that comes back, and newer than what its address once said.</summary>
    private IResult Follow(HttpContext http, string? since)
    {
        if (!string.IsNullOrEmpty(since) && !EventStream.IsId(since))
            return PageResult.BadRequest(
                $"since is '{since}', which is no id of an event. Give the id of one that was sent, or leave it out.");
        var last = http.Request.Headers["Last-Event-ID"].ToString();
        var id = Unless(last) ?? Unless(since);
        if (lifecycle.IsStopping)
            return PageResult.Unavailable("This process stops. Follow the events of another.");
        return _events.TryEnter(http, id) is { } subscriber
            ? new EventResult(_events, subscriber, services.GetRequiredService<OpenRequests>())
            : PageResult.Unavailable(
                $"{EventStream.MostSubscribers} follow the events of this process already. Ask another, or come back later.");
    }

    private async Task<IResult> SeriesAsync(CancellationToken cancellation)
    {
        var series = await lifecycle.SeriesAsync(cancellation).ConfigureAwait(false);
        return Results.Json(SeriesPage.Of(series, lifecycle.Running), PageJson.Indented.SeriesPage);
    }

    private Task<IResult> WhyAsync(
        HttpContext http, string? member, string? service, string? version, string? tag, string? zone, string? region, string? environment,
        string? endpoint, string? scheme, CancellationToken cancellation)
    {
        // One that is passed over would make the answer one to another question.
        if (http.Request.Query.Keys.FirstOrDefault(given => !WhyKeys.Contains(given, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            return Task.FromResult(PageResult.BadRequest(
                $"'{RecordText.Fit(unknown, LongestName)}' is nothing that can be asked for. Ask by {string.Join(", ", WhyKeys)}."));
        if (!string.IsNullOrEmpty(member) && string.IsNullOrEmpty(service))
            return WhyMemberAsync(member, cancellation);
        if (string.IsNullOrEmpty(service) || !string.IsNullOrEmpty(member))
            return Task.FromResult(PageResult.BadRequest(
                "Ask for one thing: ?member= with the name, id or address of a member, or ?service= with the name of a service, "
                + "and with it, if you like, version, tag, zone, endpoint and scheme."));
        VersionRange? range = null;
        if (Unless(version) is not null && !VersionRange.TryParse(version, out range))
            return Task.FromResult(PageResult.BadRequest(
                $"version is '{version}', which is no range of versions. Write one such as 1.2.0, 1.*, ^1.2 or \">=1.0 <2.0\"."));
        return WhyServiceAsync(
            new ServiceQuery(service)
            {
                Version = range, Tag = Unless(tag), Zone = Unless(zone), Region = Unless(region), Environment = Unless(environment),
                Endpoint = Unless(endpoint), Scheme = Unless(scheme),
            },
            cancellation);
    }

    /// <summary>A form sends empty what its user has not filled in.</summary>
    private static string? Unless(string? empty) => string.IsNullOrEmpty(empty) ? null : empty;

    private async Task<IResult> WhyMemberAsync(string member, CancellationToken cancellation)
    {
        var report = await ReportAsync(cancellation).ConfigureAwait(false);
        return WhyPage.Of(member, report, lifecycle.EventsSince(0).Events) is { } page
            ? Results.Json(page, PageJson.Indented.WhyPage)
            : NoMember(member, report.Members);
    }

    private async Task<IResult> WhyServiceAsync(ServiceQuery query, CancellationToken cancellation)
    {
        var sources = services.GetRequiredKeyedService<Sources>(key);
        var explanation = new ServiceExplanation(sources, query, ClusterServices.Chooses(lifecycle.Options).For(query.Service));
        var instances = await lifecycle.WhyServiceAsync(explanation, query.Service, cancellation).ConfigureAwait(false);
        if (instances.Count == 0)
            return NoService(query.Service, sources.Now.Snapshot);
        return Results.Json(WhyServicePage.Of(query.Service, lifecycle.Running.Now, instances), PageJson.Indented.WhyServicePage);
    }

    public static IResult NoMember(string member, IEnumerable<MemberSnapshot> known) => PageResult.NotFound(
        $"No member '{member}' is known here. "
            + (Guess(member, known.Select(one => one.Name).Distinct())
                ?? "Give the name, the id or the address of one that the endpoint lists."));

    private static string? Guess(string name, IEnumerable<string> known) =>
        name.Length > LongestName ? null : Spelling.Guess(name, known, most: 3);

    private static IResult NoService(string name, ServiceSnapshot snapshot)
    {
        var hint = Guess(name, snapshot.Services) ?? (snapshot.Services.Count == 0
            ? "No service is known at all; /doctor tells whether this node finds the others."
            : $"Known are {string.Join(", ", snapshot.Services.Take(10))}.");
        return PageResult.NotFound($"No service '{name}' is known here. {hint}");
    }
}
