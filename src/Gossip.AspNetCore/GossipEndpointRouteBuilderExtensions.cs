using System.Diagnostics.CodeAnalysis;
using Gossip;
using Gossip.AspNetCore;
using Gossip.AspNetCore.Access;
using Gossip.AspNetCore.Inspection;
using Gossip.Bootstrap;
using Gossip.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps what a Gossip node tells of itself.</summary>
public static class GossipEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the diagnostic endpoint: <c>GET {pattern}</c> answers, as JSON, this node, the members, the services with their instances, what
    /// happened of late, and counters; <c>GET {pattern}/why/{member}</c> tells of a member, by its name, id or address, who accused it, on
    /// what evidence, who confirmed it and what came of it; <c>GET {pattern}/doctor</c> tells why nodes do not find or do not reach each
    /// other, and what to do about it; <c>GET {pattern}/graph</c> tells which services depend on which.
    /// </summary>
    /// <remarks>
    /// It answers whom authorization lets in that is attached to the group (<c>.RequireAuthorization()</c>), or everybody, where that is
    /// asked for (<c>.AllowAnonymous()</c>). Where nothing is attached it answers in Development callers on this machine, and everywhere
    /// those who bring the token of this process (<c>Authorization: Bearer</c>), which lies in a file that only its user may read; the log
    /// tells where. <c>POST {pattern}/login</c> with the token answers a link that signs a browser in, once.
    /// </remarks>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The route of the group.</param>
    /// <param name="key">Which cluster, as <c>AddKeyedGossip()</c> was told; null for the one of <c>AddGossip()</c>.</param>
    /// <returns>The group, for conventions such as authorization, CORS or rate limits.</returns>
    /// <exception cref="InvalidOperationException"><c>builder.AddGossip()</c>, or <c>AddKeyedGossip()</c> with that key, was not
    /// called.</exception>
    public static RouteGroupBuilder MapGossip(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/gossip", string? key = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.ServiceProvider.GetKeyedService<GossipLifecycle>(key) is not { } lifecycle)
            throw new InvalidOperationException(key is null
                ? "There is no Gossip node to map. Call builder.AddGossip() before builder.Build()."
                : $"There is no Gossip node '{key}' to map. "
                    + $"Call builder.Services.AddKeyedGossip(\"{key}\", section) before builder.Build().");
        lifecycle.Server = GossipAspNetCoreExtensions.ServerOf(endpoints.ServiceProvider);
        var group = endpoints.MapGroup(pattern);
        MapPages(MapAccess(group, endpoints.ServiceProvider, lifecycle), lifecycle);
        return group;
    }

    /// <returns>The part of the group that is for callers who are let in.</returns>
    private static RouteGroupBuilder MapAccess(RouteGroupBuilder group, IServiceProvider services, GossipLifecycle lifecycle)
    {
        var access = new EndpointAccess(
            services.GetRequiredService<IHostEnvironment>(),
            services.GetRequiredService<EndpointToken>(),
            () => lifecycle.MachineDirectories,
            new EndpointLogin(services.GetRequiredService<TimeProvider>()),
            services.GetRequiredService<ILoggerFactory>());
        services.GetService<IHostApplicationLifetime>()?.ApplicationStarted.Register(() => access.Announce(
            services.GetRequiredService<EndpointDataSource>().Endpoints, lifecycle.Server?.Read()?.FirstOrDefault()));
        group.MapPost("/login", (HttpContext http) => access.BeginLogin(http)).ExcludeFromDescription();
        group.MapGet("/login", (HttpContext http, string? code) => access.EndLogin(http, code)).ExcludeFromDescription();
        var pages = group.MapGroup("").WithMetadata(access);
        pages.AddEndpointFilter(access);
        return pages;
    }

    private static void MapPages(RouteGroupBuilder group, GossipLifecycle lifecycle)
    {
        group.MapGet("", (CancellationToken cancellation) => DescribeAsync(lifecycle, cancellation))
            .WithSummary("The gossip node of this process, and the cluster as it sees it")
            .ExcludeFromDescription();
        group.MapGet("/doctor", (CancellationToken cancellation) => ExamineAsync(lifecycle, cancellation))
            .WithSummary("Why nodes do not find or do not reach each other, and what to do about it")
            .ExcludeFromDescription();
        group.MapGet("/why/{member}", (string member, CancellationToken cancellation) => ExplainAsync(lifecycle, member, cancellation))
            .WithSummary("Why a member was suspected or held dead: who said so, on what evidence, who confirmed, and what came of it")
            .ExcludeFromDescription();
        InspectionRoutes.Map(group, lifecycle);
    }

    private static async Task<IResult> ExamineAsync(GossipLifecycle lifecycle, CancellationToken cancellation)
    {
        var examination = await lifecycle.ExamineAsync(cancellation).ConfigureAwait(false);
        return Results.Json(DoctorPage.Of(examination), PageJson.Default.DoctorPage);
    }

    private static async Task<IResult> ExplainAsync(GossipLifecycle lifecycle, string member, CancellationToken cancellation)
    {
        var events = await lifecycle.WhyAsync(member, cancellation).ConfigureAwait(false);
        var report = await lifecycle.ReportAsync(cancellation).ConfigureAwait(false);
        var known = report.Members.FirstOrDefault(one => one.Is(member));
        return events.Count == 0 && known is null
            ? Results.Problem(
                $"No member '{member}' is known here. "
                    + "Give the name, the id or the address of one that the endpoint lists.", statusCode: 404)
            : Results.Json(WhyPage.Of(member, known, events, Refused(known, report.Snapshot)), PageJson.Default.WhyPage);
    }

    private static List<string> Refused(MemberSnapshot? owner, ServiceSnapshot snapshot) =>
    [
        .. snapshot.Services.SelectMany(snapshot.GetAllInstances)
            .Where(instance => owner is not null && instance.OwnerId == owner.Profile.Id)
            .SelectMany(instance => instance.RefusedEndpoints).Select(endpoint => endpoint.ToString()),
    ];

    private static async Task<IResult> DescribeAsync(GossipLifecycle lifecycle, CancellationToken cancellation)
    {
        var report = await lifecycle.ReportAsync(cancellation).ConfigureAwait(false);
        return Results.Json(NodePage.Of(report), PageJson.Default.NodePage);
    }
}
