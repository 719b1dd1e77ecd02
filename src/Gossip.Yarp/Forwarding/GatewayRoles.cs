using Gossip.AspNetCore.Contracts;
using Gossip.Yarp.Clusters;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gossip.Yarp.Forwarding;

/// <summary>
/// Asks callers for the roles that services declare, at the time of the call, by the same code as <c>RequireDiscoveredRoles()</c>, and
/// refuses them as the framework's authorization does.
/// </summary>
internal sealed partial class GatewayRoles(GatewayClusters clusters, ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger("Gossip.Audit");
    private int _isTold;

    /// <summary>Whether the caller is allowed; where it is not, it is answered 401 or 403.</summary>
    public async ValueTask<bool> AllowAsync(HttpContext http, string service)
    {
        var policy = new AuthorizationPolicyBuilder().AddRequirements(new DiscoveredRoles(service, clusters.Options.Key)).Build();
        var evaluator = http.RequestServices.GetRequiredService<IPolicyEvaluator>();
        var who = await evaluator.AuthenticateAsync(policy, http).ConfigureAwait(false);
        var verdict = await evaluator.AuthorizeAsync(policy, who, http, http).ConfigureAwait(false);
        if (verdict.Succeeded)
            return true;
        if (!await CanChallengeAsync(http.RequestServices).ConfigureAwait(false))
        {
            if (Interlocked.Exchange(ref _isTold, 1) == 0)
                NobodyAuthenticates(_logger, service);
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return false;
        }

        await http.RequestServices.GetRequiredService<IAuthorizationMiddlewareResultHandler>()
            .HandleAsync(_ => Task.CompletedTask, http, policy, verdict).ConfigureAwait(false);
        return false;
    }

    private static async ValueTask<bool> CanChallengeAsync(IServiceProvider services) =>
        services.GetService<IAuthenticationSchemeProvider>() is { } schemes
        && await schemes.GetDefaultChallengeSchemeAsync().ConfigureAwait(false) is not null;

    [LoggerMessage(121, LogLevel.Warning, "'{Service}' declares roles, and this gateway authenticates nobody: its callers are refused. "
        + "Call builder.Services.AddAuthentication(), or leave it to the service with GossipGatewayOptions.EnforceRoles = false")]
    private static partial void NobodyAuthenticates(ILogger logger, string service);
}
