using Gossip.Cli.Protocols.Consul.Model;
using Gossip.Cli.Protocols.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary>
/// The paths of Consul's API, matched as Go's multiplexer does: the case counts, the longest path wins, one that ends with a slash has all
/// below it, and a path that is not clean is answered by where the clean one is. What has another method is refused, GET on what writes
/// among it: that would be a page's way in.
/// </summary>
internal sealed class ConsulRoutes
{
    private static readonly string[] Reads = [HttpMethods.Get];
    private static readonly string[] Writes = [HttpMethods.Put];

    private readonly Dictionary<string, ConsulRoute> _exact = new(StringComparer.Ordinal);
    private readonly ConsulRoute[] _below;
    private readonly FacadeGate _gate;
    private readonly BodyRoom _bodies;

    public ConsulRoutes(FacadeGate gate, BodyRoom bodies, params IEnumerable<ConsulRoute> routes)
    {
        (_gate, _bodies) = (gate, bodies);
        var all = routes.Concat(UnsupportedRoutes.All).ToList();
        foreach (var route in all.Where(route => !route.IsBelow))
            _exact[route.Path] = route;
        _below = [.. all.Where(route => route.IsBelow).OrderByDescending(route => route.Path.Length)];
    }

    public static ConsulRoute Get(string path, Func<ConsulCall, Task> act) => new(path, Reads, act);

    public static ConsulRoute Put(string path, Func<ConsulCall, Task> act) => new(path, Writes, act);

    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? http.Request.Path.Value ?? "/";
        var raw = target.Split('?', 2)[0];
        var path = Uri.UnescapeDataString(raw);
        if (path.Any(char.IsControl))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        if (Clean(raw) is { } clean && clean != raw)
        {
            Move(http, clean);
            return;
        }

        if (Find(path) is not { } route)
        {
            if (_below.Any(one => one.Path == path + "/"))
                Move(http, raw + "/");
            else
                http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        http.Response.Headers.Vary = "Accept-Encoding";
        http.Response.Headers["X-Consul-Default-Acl-Policy"] = _gate.IsOpen ? "allow" : "deny";
        var call = new ConsulCall(http, _bodies, route.IsBelow ? path[route.Path.Length..] : "");
        if (Objection(http, route) is { } refusal)
            await call.RefuseAsync(refusal).ConfigureAwait(false);
        else if (http.Request.Method != HttpMethods.Options)
            await ActAsync(call, route).ConfigureAwait(false);
    }

    /// <summary>Runs the route; that the agent stops meanwhile is nobody's mistake.</summary>
    private static async Task ActAsync(ConsulCall call, ConsulRoute route)
    {
        try
        {
            await route.Act(call).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!call.Aborted.IsCancellationRequested)
        {
            await call.TextAsync(503, "The agent stops.").ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody is there to be answered.
        }
    }

    private ConsulRefusal? Objection(HttpContext http, ConsulRoute route)
    {
        var method = http.Request.Method;
        if (route.Methods.Count > 0)
        {
            var isKnown = route.Methods.Contains(method);
            if (!isKnown)
                http.Response.Headers.Allow = $"OPTIONS,{string.Join(',', route.Methods)}";
            if (!isKnown && method != HttpMethods.Options)
                return new(405, $"method {ConsulCall.Show(method)} not allowed");
        }

        if (http.Request.Headers.ContainsKey("X-Consul-Namespace"))
            return new(400, "Bad request: Invalid header: \"X-Consul-Namespace\" - Namespaces are a Consul Enterprise feature");
        if (http.Request.Query.ContainsKey("ns"))
            return new(400, "Bad request: Invalid query parameter: \"ns\" - Namespaces are a Consul Enterprise feature");
        var writes = route.Methods.Contains(HttpMethods.Put) || method is not ("GET" or "OPTIONS");
        return _gate.Objection(http, writes, TokenOf(http.Request), "X-Consul-Token") is { } objection
            ? new(403, $"Permission denied: {objection}")
            : null;
    }

    /// <summary>What comes in the header and the parameter in which Consul has its own.</summary>
    private static string? TokenOf(HttpRequest request) =>
        request.Headers["X-Consul-Token"] is [{ Length: > 0 } header] ? header
        : request.Query["token"] is [{ Length: > 0 } parameter] ? parameter
        : null;

    private ConsulRoute? Find(string path) =>
        _exact.GetValueOrDefault(path) ?? Array.Find(_below, route => path.StartsWith(route.Path, StringComparison.Ordinal));

    /// <summary>The path without empty segments and without dots that lead up or nowhere.</summary>
    private static string Clean(string path)
    {
        if (!path.Contains("//", StringComparison.Ordinal) && !path.Contains("/.", StringComparison.Ordinal))
            return path;
        var kept = new List<string>();
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == "..")
                kept.RemoveRange(Math.Max(0, kept.Count - 1), Math.Min(1, kept.Count));
            else if (segment != ".")
                kept.Add(segment);
        }

        return $"/{string.Join('/', kept)}{(path.EndsWith('/') && kept.Count > 0 ? "/" : "")}";
    }

    private static void Move(HttpContext http, string path)
    {
        http.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.Headers.Location = path;
    }
}

/// <summary>A path of the API.</summary>
/// <param name="Path">The path; with a slash at its end it has all below it.</param>
/// <param name="Methods">What it takes; empty for everything.</param>
/// <param name="Act">Answers.</param>
internal sealed record ConsulRoute(string Path, IReadOnlyList<string> Methods, Func<ConsulCall, Task> Act)
{
    public bool IsBelow => Path.EndsWith('/');
}

/// <summary>What Consul has and the façade does not: it is refused with a sentence, so that nobody takes it for broken.</summary>
internal static class UnsupportedRoutes
{
    private static readonly (string[] Paths, string Sentence)[] Sentences =
    [
        (["/v1/kv/"], "The key-value store is not supported: Gossip keeps services, not values. Use a store of your own."),
        (["/v1/session/"], "Sessions are not supported: a lock needs one that decides, and among members of Gossip nobody does."),
        (["/v1/query", "/v1/query/"], "Prepared queries are not supported: ask /v1/health/service/NAME with tag, filter and near."),
        (["/v1/event/"], "Events are not supported: watch /v1/health/service/NAME by its index."),
        (["/v1/acl/"], "ACLs are not supported: access is by the token of the agent (Agent:Consul:Access)."),
        (["/v1/connect/", "/v1/agent/connect/", "/v1/health/connect/", "/v1/health/ingress/", "/v1/catalog/connect/",
            "/v1/catalog/gateway-services/", "/v1/discovery-chain/", "/v1/config", "/v1/config/"],
            "Connect is not supported: Gossip has no mesh and no proxies."),
        (["/v1/txn"], "Transactions are not supported: there is no key-value store, and each registration is one of its own."),
        (["/v1/coordinate/"], "Coordinates are not supported: ask with near=_agent, which knows zones."),
        (["/v1/operator/", "/v1/snapshot"], "There is no raft to operate: each member has all, and none leads."),
        (["/v1/internal/"], "The pages of Consul are not supported: those of Gossip are at /gossip of any process that maps them."),
        (["/v1/agent/join/", "/v1/agent/leave", "/v1/agent/force-leave/", "/v1/agent/reload", "/v1/agent/monitor", "/v1/agent/token/",
            "/v1/agent/host", "/v1/agent/metrics"],
            "The agent is run by its settings and by systemd, and tells of itself by /v1/agent/self and OpenTelemetry."),
    ];

    public static IEnumerable<ConsulRoute> All =>
        from pair in Sentences
        from path in pair.Paths
        select new ConsulRoute(path, [], call => call.TextAsync(StatusCodes.Status501NotImplemented, pair.Sentence));
}
