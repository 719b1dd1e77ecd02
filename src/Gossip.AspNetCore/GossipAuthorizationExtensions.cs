using System.Runtime.CompilerServices;
using Gossip;
using Gossip.AspNetCore.Contracts;
using Microsoft.AspNetCore.Authorization;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Lets endpoints ask for the roles that services declare in the registry.</summary>
public static class GossipAuthorizationExtensions
{
    /// <summary>
    /// Requires of callers one of the roles that the own instance declares (<see cref="ServiceRecord.AuthorizedRoles"/>) at the time of the
    /// call, so that a change while the process runs counts at once. Where it declares none, every authenticated caller is allowed. Use it
    /// after <c>AddAuthentication()</c> and <c>AddAuthorization()</c>.
    /// </summary>
    /// <param name="builder">An endpoint, or a group of them.</param>
    public static TBuilder RequireDiscoveredRoles<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.RequireAuthorization(Policy(null, null));

    /// <summary>
    /// Requires of callers one of the roles that the ready instances of a service declare at the time of the call: for a gateway that
    /// passes calls on to it. Where instances declare different roles, each must be satisfied; while no instance is known, no caller is
    /// allowed. A service from the configuration (<c>Services:{name}</c>) declares no roles, so that every authenticated caller is allowed.
    /// </summary>
    /// <param name="builder">An endpoint, or a group of them.</param>
    /// <param name="service">The service's name, compared without case; null for the own instance in that cluster.</param>
    /// <param name="key">Which cluster, as given to <c>AddKeyedGossip()</c>; null for the one of <c>AddGossip()</c>.</param>
    /// <exception cref="ArgumentException"><paramref name="service"/> or <paramref name="key"/> is empty.</exception>
    public static TBuilder RequireDiscoveredRoles<TBuilder>(this TBuilder builder, string? service, string? key = null)
        where TBuilder : IEndpointConventionBuilder
    {
        ThrowIfEmpty(service);
        ThrowIfEmpty(key);
        return builder.RequireAuthorization(Policy(service, key));
    }

    private static void ThrowIfEmpty(string? name, [CallerArgumentExpression(nameof(name))] string? parameter = null)
    {
        if (name is not null)
            ArgumentException.ThrowIfNullOrEmpty(name, parameter);
    }

    private static AuthorizationPolicy Policy(string? service, string? key) =>
        new AuthorizationPolicyBuilder().RequireAuthenticatedUser().AddRequirements(new DiscoveredRoles(service, key)).Build();
}
