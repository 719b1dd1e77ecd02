using Gossip;
using Gossip.AspNetCore.Contracts;
using Microsoft.AspNetCore.Authorization;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Lets endpoints ask for the roles that services declare in the registry.</summary>
public static class GossipAuthorizationExtensions
{
    /// <summary>
    /// Asks of callers one of the roles that the own instance declares (<see cref="ServiceRecord.AuthorizedRoles"/>) at the time of the
    /// call, so that a change while the process runs counts at once. Where it declares none, every authenticated caller will do. Use it
    /// after <c>AddAuthentication()</c> and <c>AddAuthorization()</c>.
    /// </summary>
    /// <param name="builder">An endpoint, or a group of them.</param>
    public static TBuilder RequireDiscoveredRoles<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization(Policy(null));

    /// <summary>
    /// Asks of callers one of the roles that the ready instances of a service declare at the time of the call: for a gateway that passes
    /// calls on to it. Where instances declare different roles, each must be satisfied; while no instance is known, nobody is let in. A
    /// service that stands in the configuration (<c>Services:{name}</c>) declares no roles, so that every authenticated caller will do.
    /// </summary>
    /// <param name="builder">An endpoint, or a group of them.</param>
    /// <param name="service">The service's name, compared without case.</param>
    /// <exception cref="ArgumentException"><paramref name="service"/> is empty.</exception>
    public static TBuilder RequireDiscoveredRoles<TBuilder>(this TBuilder builder, string service)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        return builder.RequireAuthorization(Policy(service));
    }

    private static AuthorizationPolicy Policy(string? service) =>
        new AuthorizationPolicyBuilder().RequireAuthenticatedUser().AddRequirements(new DiscoveredRoles(service)).Build();
}
