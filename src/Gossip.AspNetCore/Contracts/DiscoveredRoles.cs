using Gossip.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.AspNetCore.Contracts;

/// <summary>
/// Requires of a caller one of the roles that a service declares at the time of the call. Like the framework's own requirement of roles it
/// is its own handler. It does not allow what it does not know.
/// </summary>
/// <param name="service">The service, for gateways; null for the own instance.</param>
/// <param name="key">Which cluster; null for the one of <c>AddGossip()</c>.</param>
internal sealed class DiscoveredRoles(string? service, string? key) : AuthorizationHandler<DiscoveredRoles>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, DiscoveredRoles requirement)
    {
        if (context.Resource is HttpContext http && context.User.Identity?.IsAuthenticated == true
            && AreSatisfied(context, http.RequestServices))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }

    public override string ToString() =>
        service is null ? "one of the roles that this service declares" : $"one of the roles that the service '{service}' declares";

    private bool AreSatisfied(AuthorizationHandlerContext context, IServiceProvider services)
    {
        if (service is null)
            return HasOneOf(context, OwnRoles(services));
        var instances = Of<IServiceDiscovery>(services).GetInstances(service);
        if (instances.Count == 0)
            return false;
        // While roles change from one version of a service to the next, both lists count: the call may go to any of the instances.
        for (var i = 0; i < instances.Count; i++)
        {
            if (!HasOneOf(context, instances[i].AuthorizedRoles))
                return false;
        }

        return true;
    }

    /// <summary>Before the instance is registered, and where none is, the configuration tells the roles that it would declare.</summary>
    private IReadOnlyList<string> OwnRoles(IServiceProvider services)
    {
        var node = Of<GossipLifecycle>(services);
        return node.Own?.Record.AuthorizedRoles ?? node.Options.Service.AuthorizedRoles;
    }

    private T Of<T>(IServiceProvider services)
        where T : class => services.GetKeyedService<T>(key) ?? throw new InvalidOperationException(key is null
            ? "There is no Gossip node whose roles could be asked for. Call builder.AddGossip(), or name the key of a further cluster."
            : $"There is no Gossip node '{key}' whose roles could be asked for. Call builder.Services.AddKeyedGossip(\"{key}\", section).");

    private static bool HasOneOf(AuthorizationHandlerContext context, IReadOnlyList<string> roles)
    {
        if (roles.Count == 0)
            return true;
        for (var i = 0; i < roles.Count; i++)
        {
            if (context.User.IsInRole(roles[i]))
                return true;
        }

        return false;
    }
}
