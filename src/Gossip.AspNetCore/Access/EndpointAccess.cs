using System.Buffers;
using Gossip.Bootstrap;
using Gossip.Diagnostics;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Gossip.AspNetCore.Access;

/// <summary>
/// Which callers may see the cluster: those that the application's authorization lets in, if it attaches one to the endpoint. Otherwise
/// callers with the token of this process, or with a cookie that was obtained with it, and in Development every program on this machine.
/// </summary>
/// <remarks>
/// A token is sent on purpose. A cookie, and an address on this machine, come with any request that a page makes the browser send: they
/// count only where no foreign page sent it.
/// </remarks>
internal sealed partial class EndpointAccess(
    IHostEnvironment environment, EndpointToken token, Func<IReadOnlyList<MachineDirectory>> directories, EndpointLogin login,
    ILoggerFactory loggers) : IEndpointFilter
{
    private const string Scheme = "Bearer ";

    /// <summary>The characters of a path that may be shown in a shell command.</summary>
    private static readonly SearchValues<char> PlainLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._~-");

    private readonly ILogger _logger = loggers.CreateLogger("Gossip");
    private readonly ILogger _audit = loggers.CreateLogger("Gossip.Audit");

    /// <summary>Whether the endpoint carries authorization, which ran before its filters, or explicitly allows anonymous callers.</summary>
    /// <remarks>
    /// Where no middleware authorizes, the framework answers with an error for <see cref="IAuthorizeData"/>, and only for that.
    /// </remarks>
    public static bool IsDecidedElsewhere(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<IAllowAnonymous>() is not null || endpoint?.Metadata.GetMetadata<IAuthorizeData>() is not null;

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        http.Response.Headers.CacheControl = "no-store";
        return !IsDecidedElsewhere(http.GetEndpoint()) && Objection(http) is { } objection
            ? ValueTask.FromResult<object?>(Refuse(http, objection))
            : next(context);
    }

    /// <summary>
    /// Leaves for the commands of this user where the endpoint is. Logs once where the token is, if no caller gets in without it.
    /// </summary>
    /// <param name="endpoints">All endpoints of the application.</param>
    /// <param name="addresses">The addresses at which the server listens.</param>
    /// <param name="node">The node of the endpoint; null where it does not run.</param>
    public void Announce(IEnumerable<Endpoint> endpoints, IReadOnlyCollection<string> addresses, NodeIdentity? node)
    {
        var own = endpoints.OfType<RouteEndpoint>().Where(one => one.Metadata.GetMetadata<EndpointAccess>() == this);
        if (own.MinBy(one => one.RoutePattern.RawText?.Length) is not { } root)
            return;
        var urls = EndpointUrl.Of(addresses, root.RoutePattern.RawText ?? "", MachineAddress.IsHeld("::1"));
        if (node is not null && urls.Count > 0)
            token.Lead(directories(), new EndpointFound(urls, token.FileName, node.Cluster, node.Name));
        if (environment.IsDevelopment() || IsDecidedElsewhere(root))
            return;
        var address = addresses.FirstOrDefault();
        var place = token.Show(directories());
        var url = $"{address ?? "http://…"}/{root.RoutePattern.RawText?.Trim('/')}";
        if (place.Path is { } path)
            TokenIsAt(_logger, url, path, CommandFor(path, url));
        else
            NoToken(_logger, url, place.Problem);
    }

    /// <summary>Answers a caller that has the token with a link that signs a browser in: a cookie does not get another one.</summary>
    public IResult BeginLogin(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (IsDecidedElsewhere(http.GetEndpoint()))
            return NoLogin();
        if (!HasToken(http))
            return Refuse(http, "a link is for those who have the token");
        LinkMade(_audit, CallerOf(http), RouteOf(http));
        var page = $"{http.Request.Scheme}://{http.Request.Host}{http.Request.PathBase}{http.Request.Path}";
        return Results.Text($"{page}?code={login.Begin()}\n");
    }

    /// <summary>Signs in a browser that has opened such a link.</summary>
    public IResult EndLogin(HttpContext http, string? code)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        if (IsDecidedElsewhere(http.GetEndpoint()))
            return NoLogin();
        if (string.IsNullOrEmpty(code))
            return Refuse(http, "it brings no code: a link with one is the answer to a POST with the token");
        if (!login.TryRedeem(code))
            return Refuse(http, "the link was used, is older than a minute, or is not the newest");
        SignedIn(_audit, CallerOf(http), RouteOf(http));
        var path = http.Request.PathBase.Add(http.Request.Path).Value!;
        var root = path[..path.TrimEnd('/').LastIndexOf('/')] is { Length: > 0 } above ? above : "/";
        login.SignIn(http, root);
        return Results.LocalRedirect(new PathString(root).ToUriComponent());
    }

    /// <returns>Why the caller may not see anything; null when it may.</returns>
    private string? Objection(HttpContext http)
    {
        if (HasToken(http))
            return null;
        if (login.IsSignedIn(http.Request))
            return LocalCaller.IsForeignPage(http.Request) ? LocalCaller.ForeignPage : null;
        if (environment.IsDevelopment())
            return LocalCaller.Objection(http);
        return http.Request.Headers.ContainsKey(HeaderNames.Authorization)
            ? "the token that it brings is not that of this process"
            : "it brings no token";
    }

    private bool HasToken(HttpContext http) =>
        http.Request.Headers.Authorization.ToString() is var sent && sent.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && token.Is(sent[Scheme.Length..].Trim());

    private IResult Refuse(HttpContext http, string objection)
    {
        Refused(_audit, CallerOf(http), RouteOf(http), objection);
        var place = token.Show(directories());
        var mayCome = place.Path is not null && objection != LocalCaller.ForeignPage;
        if (mayCome)
            http.Response.Headers.WWWAuthenticate = "Bearer realm=\"gossip\"";
        return Results.Problem(
            title: $"The Gossip endpoint does not answer this request: {objection}.",
            detail: $"{RemedyOf(http, place)} Or let the application decide who may look: app.MapGossip().RequireAuthorization(), "
                + "or app.MapGossip().AllowAnonymous() for everybody.",
            statusCode: mayCome ? StatusCodes.Status401Unauthorized : StatusCodes.Status403Forbidden);
    }

    /// <summary>A caller on another machine cannot read the file, and need not know where it is.</summary>
    private static string RemedyOf(HttpContext http, EndpointToken.Place place) =>
        (place.Path, LocalCaller.IsConnectedFromHere(http)) switch
        {
            (null, _) => $"There is no token that one could bring ({place.Problem}): give the process a folder for temporary files that "
                + "it may write to, such as docker run --tmpfs /tmp.",
            ({ } path, true) => $"Bring the token of this process, which its user may read: {CommandFor(path, ShownUrl(http))} . "
                + "With -X POST and /login at the end of the endpoint's path it answers a link that signs a browser in.",
            _ => "Bring the token of this process (Authorization: Bearer …): its log names the file that has it.",
        };

    /// <summary>With <c>-H</c> the token would be in the arguments of the process, where other users can read it.</summary>
    private static string CommandFor(string path, string url) =>
        $"curl {(url.EndsWith("/login", StringComparison.Ordinal) ? "-X POST " : "")}--oauth2-bearer $(cat {path}) {url}";

    /// <summary>The URL of the endpoint, without text from the caller that a shell might run.</summary>
    private static string ShownUrl(HttpContext http)
    {
        var at = new System.Net.IPEndPoint(http.Connection.LocalIpAddress ?? System.Net.IPAddress.Loopback, http.Connection.LocalPort);
        var path = http.Request.PathBase.Add(http.Request.Path).Value ?? "";
        return $"{(http.Request.IsHttps ? "https" : "http")}://{at}{(path.AsSpan().ContainsAnyExcept(PlainLetters) ? "/…" : path)}";
    }

    private static IResult NoLogin() => Results.Problem(
        title: "There is no login here: the authorization of the application decides who may look.",
        statusCode: StatusCodes.Status404NotFound);

    private static string CallerOf(HttpContext http) => http.Connection.RemoteIpAddress?.ToString() ?? "a caller without an address";

    /// <summary>The route pattern, since the path is text from the caller.</summary>
    private static string? RouteOf(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText?.TrimEnd('/');

    [LoggerMessage(86, LogLevel.Information,
        "{Url} answers those who bring the token of this process, which its user may read in {File}: {Command}")]
    private static partial void TokenIsAt(ILogger logger, string url, string file, string command);

    [LoggerMessage(87, LogLevel.Warning,
        "{Url} answers nobody: there is no folder in which this process could leave its token ({Problem}). "
        + "Add app.MapGossip().RequireAuthorization(), or give it a folder for temporary files that it may write to, "
        + "such as docker run --tmpfs /tmp")]
    private static partial void NoToken(ILogger logger, string url, string? problem);

    [LoggerMessage(90, LogLevel.Warning, "{Caller} was refused at {Route}: {Reason}")]
    private static partial void Refused(ILogger logger, string caller, string? route, string reason);

    [LoggerMessage(91, LogLevel.Information, "{Caller}, who has the token, got a link at {Route} that signs a browser in")]
    private static partial void LinkMade(ILogger logger, string caller, string? route);

    [LoggerMessage(92, LogLevel.Information, "{Caller} has signed a browser in at {Route}")]
    private static partial void SignedIn(ILogger logger, string caller, string? route);
}
