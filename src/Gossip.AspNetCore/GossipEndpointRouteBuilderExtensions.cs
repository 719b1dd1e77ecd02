using System.Diagnostics.CodeAnalysis;
using Gossip.AspNetCore.Access;
using Gossip.AspNetCore.Administration;
using Gossip.AspNetCore.Resources;
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
    /// happened of late, and counters; to a browser it is a page. Below it are <c>/members</c> and <c>/services</c>;
    /// <c>/why?member=</c>, who accused a member, on what evidence, and what came of it; <c>/why?service=</c>, which instances get calls of
    /// this process, and by what rule the others do not; <c>/doctor</c>, why nodes do not find or do not reach each other, and what to do
    /// about it; <c>/graph</c>, which services depend on which and call which; <c>/analytics</c>, how their instances answer;
    /// <c>/series</c>, what the node did of late; <c>/timeline</c>, what happened as all members saw it; and <c>/events</c>, what happens,
    /// as server-sent events.
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
        var lifecycle = FindNode(endpoints, key);
        lifecycle.Server = GossipAspNetCoreExtensions.ServerOf(endpoints.ServiceProvider);
        var group = endpoints.MapGroup(pattern);
        var services = endpoints.ServiceProvider;
        new ResourceRoutes(lifecycle, services, key).Map(MapAccess(group, services, lifecycle), isRoot: pattern.Trim('/').Length == 0);
        return group;
    }

    /// <summary>
    /// Maps the few orders that an operator may give: <c>POST {pattern}/drain</c> has the instances of this process take nothing new, and
    /// <c>POST {pattern}/resume</c> takes that back. Each may bring a reason, as <c>{"reason": "…"}</c>, and is written to the log in the
    /// category <c>Gossip.Audit</c>.
    /// </summary>
    /// <remarks>
    /// The application does not start unless an authorization policy is attached to the group, as by
    /// <c>app.MapGossipAdmin().RequireAuthorization("operators")</c>: neither the token of the process nor an address lets anybody in here.
    /// </remarks>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The route of the group.</param>
    /// <param name="key">Which cluster, as <c>AddKeyedGossip()</c> was told; null for the one of <c>AddGossip()</c>.</param>
    /// <returns>The group, to which authorization is to be attached.</returns>
    /// <exception cref="InvalidOperationException"><c>builder.AddGossip()</c>, or <c>AddKeyedGossip()</c> with that key, was not
    /// called.</exception>
    public static RouteGroupBuilder MapGossipAdmin(
        this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/gossip", string? key = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var (lifecycle, services) = (FindNode(endpoints, key), endpoints.ServiceProvider);
        var routes = new AdminRoutes(lifecycle, services.GetRequiredService<ILoggerFactory>().CreateLogger("Gossip.Audit"));
        lifecycle.Demand += () => routes.Require(services.GetRequiredService<EndpointDataSource>().Endpoints);
        var group = endpoints.MapGroup(pattern);
        routes.Map(group);
        return group;
    }

    private static GossipLifecycle FindNode(IEndpointRouteBuilder endpoints, string? key) =>
        endpoints.ServiceProvider.GetKeyedService<GossipLifecycle>(key) ?? throw new InvalidOperationException(key is null
            ? "There is no Gossip node to map. Call builder.AddGossip() before builder.Build()."
            : $"There is no Gossip node '{key}' to map. "
                + $"Call builder.Services.AddKeyedGossip(\"{key}\", section) before builder.Build().");

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
            services.GetRequiredService<EndpointDataSource>().Endpoints,
            lifecycle.Server?.Read() ?? [],
            lifecycle.IsRunning ? lifecycle.Running.Identity : null));
        group.MapPost("/login", (HttpContext http) => access.BeginLogin(http)).ExcludeFromDescription();
        group.MapGet("/login", (HttpContext http, string? code) => access.EndLogin(http, code)).ExcludeFromDescription();
        var pages = group.MapGroup("").WithMetadata(access);
        pages.AddEndpointFilter(access);
        return pages;
    }
}
