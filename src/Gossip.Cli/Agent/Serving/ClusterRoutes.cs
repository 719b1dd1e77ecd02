using Gossip.AspNetCore.Resources;
using Gossip.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Gossip.Cli.Agent.Serving;

/// <summary>
/// The diagnostic endpoint of the agent's node, below <c>/gossip</c>, for whoever is let in to the agent's API. It has no login: no browser
/// opens a Unix socket.
/// </summary>
/// <param name="lifecycle">The agent's node.</param>
/// <param name="services">What the agent's host has, of which the API's own server knows nothing.</param>
internal sealed class ClusterRoutes(GossipLifecycle lifecycle, IServiceProvider services)
{
    private const string Root = "/gossip";

    public void Map(WebApplication application)
    {
        // The API ends before the node does: who follows events must not hold up its end.
        var stopping = application.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        application.Use(next => http => http.Request.Path.StartsWithSegments(Root, StringComparison.Ordinal)
            ? UntilAsync(next, http, stopping)
            : next(http));
        new ResourceRoutes(lifecycle, services, key: null).Map(application.MapGroup(Root), isRoot: false);
    }

    private static async Task UntilAsync(RequestDelegate next, HttpContext http, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        http.RequestAborted = either.Token;
        await next(http).ConfigureAwait(false);
    }
}
