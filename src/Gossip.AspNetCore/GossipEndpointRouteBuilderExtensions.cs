using System.Diagnostics.CodeAnalysis;
using Gossip.AspNetCore;
using Gossip.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps what a Gossip node tells of itself.</summary>
public static class GossipEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the diagnostic endpoint: <c>GET {pattern}</c> answers, as JSON, this node, the members, the services with their instances, what
    /// happened of late, and counters. Unless authorization is attached to the group (<c>.RequireAuthorization()</c>) or everybody is let in
    /// on purpose (<c>.AllowAnonymous()</c>), it answers callers on this machine only.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="pattern">The route of the group.</param>
    /// <returns>The group, for conventions such as authorization, CORS or rate limits.</returns>
    /// <exception cref="InvalidOperationException"><c>builder.AddGossip()</c> was not called.</exception>
    public static RouteGroupBuilder MapGossip(this IEndpointRouteBuilder endpoints, [StringSyntax("Route")] string pattern = "/gossip")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        if (endpoints.ServiceProvider.GetService<GossipLifecycle>() is not { } lifecycle)
            throw new InvalidOperationException("There is no Gossip node to map. Call builder.AddGossip() before builder.Build().");
        lifecycle.Server = GossipWebApplicationBuilderExtensions.ServerOf(endpoints.ServiceProvider);
        var group = endpoints.MapGroup(pattern);
        group.AddEndpointFilter<LocalCallersOnly>();
        group.MapGet("", (CancellationToken cancellation) => DescribeAsync(lifecycle, cancellation))
            .WithSummary("The gossip node of this process, and the cluster as it sees it")
            .ExcludeFromDescription();
        return group;
    }

    private static async Task<IResult> DescribeAsync(GossipLifecycle lifecycle, CancellationToken cancellation)
    {
        var report = await lifecycle.ReportAsync(cancellation).ConfigureAwait(false);
        return Results.Json(NodePage.Of(report), PageJson.Default.NodePage);
    }
}
