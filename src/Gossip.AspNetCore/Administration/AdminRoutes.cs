using System.Text.Json;
using Gossip.AspNetCore.Access;
using Gossip.AspNetCore.Resources;
using Gossip.Hosting;
using Gossip.Protocol;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Gossip.AspNetCore.Administration;

/// <summary>
/// What an operator may order. Each order is in the audit. Nobody is let in by a token or an address, as readers are: the application says
/// by a policy who may, and does not start where it says nothing.
/// </summary>
internal sealed partial class AdminRoutes(GossipLifecycle lifecycle, ILogger audit)
{
    /// <summary>An order has a sentence in it.</summary>
    private const int MostBytes = 4096;

    private const string Remedy =
        "Write app.MapGossipAdmin().RequireAuthorization(\"operators\"), with a policy of that name in "
        + "builder.Services.AddAuthorizationBuilder().AddPolicy(\"operators\", policy => policy.RequireRole(\"operator\")).";

    public void Map(RouteGroupBuilder group)
    {
        group.WithTags(ResourceRoutes.Tag)
            .WithMetadata(this)
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .AddEndpointFilter(RequireAuthorizationAsync);
        group.MapPost("/drain", (HttpContext http, CancellationToken cancellation) => DrainAsync(http, cancellation))
            .Accepts<DrainOrder>(isOptional: true, "application/json")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Tells the cluster that the instances of this process take nothing new");
        group.MapPost("/resume", (HttpContext http, CancellationToken cancellation) => ResumeAsync(http, cancellation))
            .Accepts<DrainOrder>(isOptional: true, "application/json")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Tells the cluster that the instances of this process that were drained here take calls again");
    }

    /// <summary>Stops the start where anybody could give orders.</summary>
    /// <param name="endpoints">All endpoints of the application.</param>
    /// <exception cref="InvalidOperationException">No policy is attached, or anonymous callers are let in.</exception>
    public void Require(IEnumerable<Endpoint> endpoints)
    {
        foreach (var one in endpoints.Where(one => one.Metadata.GetMetadata<AdminRoutes>() == this))
        {
            if (Objection(one) is { } objection)
                throw new InvalidOperationException($"{objection} {Remedy}");
        }
    }

    private static string? Objection(Endpoint? endpoint)
    {
        if (endpoint?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return "MapGossipAdmin() lets anonymous callers in, and would let everybody drain this process: take AllowAnonymous() away.";
        return endpoint?.Metadata.GetMetadata<IAuthorizeData>() is null
            ? "MapGossipAdmin() has no authorization policy attached, and would let everybody drain this process."
            : null;
    }

    /// <summary>The start was refused already; but endpoints may be mapped later.</summary>
    private static ValueTask<object?> RequireAuthorizationAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        http.Response.Headers.CacheControl = "no-store";
        var objection = Objection(http.GetEndpoint()) ?? (LocalCaller.IsForeignPage(http.Request) ? LocalCaller.ForeignPage : null);
        return objection is null
            ? next(context)
            : ValueTask.FromResult<object?>(Results.Problem(objection, statusCode: StatusCodes.Status403Forbidden));
    }

    private async Task<IResult> DrainAsync(HttpContext http, CancellationToken cancellation)
    {
        var (order, problem) = await ReadAsync(http, cancellation).ConfigureAwait(false);
        if (order is null)
            return PageResult.BadRequest(problem!);
        try
        {
            var conflict = Objection(order) ?? await lifecycle.DrainAsync(order.Reason, cancellation).ConfigureAwait(false);
            return Tell(http, conflict, () => Drained(audit, CallerOf(http), RouteOf(http), order.Reason ?? "no reason given"));
        }
        catch (ArgumentException error)
        {
            return PageResult.BadRequest(
                $"reason is not fit to be told ({error.Message}). Give at most {Limits.ReasonBytes} bytes, without control characters.");
        }
    }

    private async Task<IResult> ResumeAsync(HttpContext http, CancellationToken cancellation)
    {
        var (order, problem) = await ReadAsync(http, cancellation).ConfigureAwait(false);
        if (order is null)
            return PageResult.BadRequest(problem!);
        var conflict = Objection(order) ?? await lifecycle.ResumeAsync(cancellation).ConfigureAwait(false);
        return Tell(http, conflict, () => Resumed(
            audit, CallerOf(http), RouteOf(http), RecordText.Fit(order.Reason ?? "no reason given", Limits.ReasonBytes)));
    }

    /// <summary>Whoever looked up where a node is may find another one there, as after a restart.</summary>
    private string? Objection(DrainOrder order) =>
        order.Node is { } meant && lifecycle.Started is { } node && node.Identity.Id.ToString() != meant
            ? $"The order is for another node: this one is {node.Identity.Name}, with the id {node.Identity.Id}."
            : null;

    private IResult Tell(HttpContext http, string? conflict, Action tell)
    {
        if (conflict is null)
        {
            tell();
            return Results.NoContent();
        }

        NotDone(audit, CallerOf(http), RouteOf(http), conflict);
        return Results.Problem(conflict, statusCode: StatusCodes.Status409Conflict);
    }

    private static async ValueTask<(DrainOrder? Order, string? Problem)> ReadAsync(HttpContext http, CancellationToken cancellation)
    {
        var buffer = new byte[MostBytes + 1];
        var read = await http.Request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation)
            .ConfigureAwait(false);
        if (read == 0)
            return (new DrainOrder(), null);
        if (read > MostBytes)
            return (null, $"The order has more than {MostBytes} bytes. Write {{\"reason\": \"…\"}} with one sentence, or nothing.");
        try
        {
            var order = JsonSerializer.Deserialize(buffer.AsSpan(0, read), PageJson.Indented.DrainOrder);
            return (order ?? new DrainOrder(), null);
        }
        catch (JsonException error)
        {
            return (null, $"The order is not understood ({error.Message}). Write {{\"reason\": \"…\"}}, or nothing.");
        }
    }

    /// <summary>Who gave the order: a name comes from a token or a cookie, and may have anything in it.</summary>
    private static string CallerOf(HttpContext http)
    {
        var address = http.Connection.RemoteIpAddress?.ToString() ?? "a caller without an address";
        return http.User.Identity?.Name is { Length: > 0 } name ? $"{RecordText.Fit(name, Limits.NameBytes)} at {address}" : address;
    }

    private static string? RouteOf(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText?.TrimEnd('/');

    [LoggerMessage(96, LogLevel.Warning, "{Caller} has drained the instances of this process at {Route}: {Reason}")]
    private static partial void Drained(ILogger logger, string caller, string? route, string reason);

    [LoggerMessage(97, LogLevel.Warning, "{Caller} has the instances of this process take calls again at {Route}: {Reason}")]
    private static partial void Resumed(ILogger logger, string caller, string? route, string reason);

    [LoggerMessage(98, LogLevel.Warning, "What {Caller} ordered at {Route} was not done: {Reason}")]
    private static partial void NotDone(ILogger logger, string caller, string? route, string reason);
}
