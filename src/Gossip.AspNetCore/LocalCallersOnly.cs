using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;

namespace Gossip.AspNetCore;

/// <summary>
/// Who may see the registry when nobody has said who may: callers on this machine. A request that a proxy passed on comes from this machine
/// only by its last hop, and is refused too; so is one for another host's name, which a web page can point at this machine (DNS rebinding).
/// </summary>
internal sealed class LocalCallersOnly : IEndpointFilter
{
    private static readonly string[] ProxyHeaders = ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"];

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        IsDecidedElsewhere(context.HttpContext) || IsLocal(context.HttpContext)
            ? next(context)
            : ValueTask.FromResult<object?>(Refusal());

    /// <summary>The endpoint carries authorization, which ran before this filter, or lets everybody in by name.</summary>
    private static bool IsDecidedElsewhere(HttpContext http)
    {
        var metadata = http.GetEndpoint()?.Metadata;
        return metadata?.GetMetadata<IAllowAnonymous>() is not null
            || metadata?.GetMetadata<IAuthorizeData>() is not null
            || metadata?.GetMetadata<AuthorizationPolicy>() is not null;
    }

    private static bool IsLocal(HttpContext http)
    {
        if (http.Connection.RemoteIpAddress is not { } caller || !IPAddress.IsLoopback(caller))
            return false;
        return IsLocalName(http.Request.Host.Host) && !ProxyHeaders.Any(http.Request.Headers.ContainsKey);
    }

    private static bool IsLocalName(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static IResult Refusal() => Results.Problem(
        title: "The Gossip endpoint answers callers on this machine only.",
        detail: "Attach authorization, as in app.MapGossip().RequireAuthorization(), "
            + "or let everybody in with app.MapGossip().AllowAnonymous().",
        statusCode: StatusCodes.Status403Forbidden);
}
