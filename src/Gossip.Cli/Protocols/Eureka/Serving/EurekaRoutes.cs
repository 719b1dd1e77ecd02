using System.Text;
using Gossip.Cli.Protocols.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gossip.Cli.Protocols.Eureka.Serving;

/// <summary>
/// The paths of Eureka's API, below <c>/eureka</c> as Spring and Steeltoe have them, and below <c>/eureka/v2</c> as Netflix has them, with
/// as many slashes as a caller likes.
/// </summary>
/// <param name="gate">Who is let in.</param>
/// <param name="bodies">Room for bodies.</param>
/// <param name="reads">What is read.</param>
/// <param name="writes">What is changed.</param>
internal sealed class EurekaRoutes(FacadeGate gate, BodyRoom bodies, EurekaReads reads, EurekaWrites writes)
{
    private const string Basic = "Basic ";

    /// <summary>Answers a request.</summary>
    public async Task AnswerAsync(HttpContext http)
    {
        var call = new EurekaCall(http, bodies);
        http.Response.Headers.Vary = "Accept, Accept-Encoding";
        var isRead = HttpMethods.IsGet(http.Request.Method);
        if (gate.Objection(http, !isRead, PasswordOf(http.Request), "the password of Basic authentication, or as a bearer token")
            is { } objection)
            await call.RefuseAsync(StatusCodes.Status403Forbidden, $"Permission denied: {objection}").ConfigureAwait(false);
        else if (http.Request.Headers["x-netflix-discovery-replication"] is [{ } flag]
            && flag.Equals("true", StringComparison.OrdinalIgnoreCase))
            await RefuseReplicationAsync(call).ConfigureAwait(false);
        else
            await ActAsync(http, call).ConfigureAwait(false);
    }

    /// <summary>Runs the route; that the agent stops meanwhile is nobody's mistake.</summary>
    private async Task ActAsync(HttpContext http, EurekaCall call)
    {
        try
        {
            await FindAsync(http, call).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!call.Aborted.IsCancellationRequested)
        {
            await call.RefuseAsync(StatusCodes.Status503ServiceUnavailable, "The agent stops.").ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Nobody is there to be answered.
        }
    }

    private Task FindAsync(HttpContext http, EurekaCall call)
    {
        var target = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "/";
        string[] path = [.. target.Split('?', 2)[0].Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];
        if (path is not ["eureka", ..])
            return call.RefuseAsync(StatusCodes.Status404NotFound, "Eureka's API is below /eureka, and below /eureka/v2.");
        path = path is [_, "v2", ..] ? path[2..] : path[1..];
        return path switch
        {
            ["apps"] => OnAsync(http, call, ("GET", () => reads.AllAsync(call))),
            ["apps", "delta"] => OnAsync(http, call, ("GET", () => reads.DeltaAsync(call))),
            ["apps", var app] => OnApplicationAsync(http, call, app.ToUpperInvariant()),
            ["apps", var app, var id, .. var rest] => OnInstanceAsync(http, call, app.ToUpperInvariant(), id, rest),
            ["instances", var id] => OnAsync(http, call, ("GET", () => reads.InstanceAsync(call, id))),
            ["vips", var vip] => OnAsync(http, call, ("GET", () => reads.VipAsync(call, vip, one => one.VipAddress))),
            ["svips", var vip] => OnAsync(http, call, ("GET", () => reads.VipAsync(call, vip, one => one.SecureVipAddress))),
            ["peerreplication", ..] => RefuseReplicationAsync(call),
            ["asg", ..] => call.RefuseAsync(
                StatusCodes.Status501NotImplemented, "Groups of Amazon are not supported: take instances out one by one, by their status."),
            _ => call.RefuseAsync(
                StatusCodes.Status404NotFound, "There are apps, apps/delta, apps/APP/ID, instances/ID, vips/NAME and svips/NAME."),
        };
    }

    private Task OnApplicationAsync(HttpContext http, EurekaCall call, string app) => OnAsync(
        http, call, ("GET", () => reads.ApplicationAsync(call, app)), ("POST", () => writes.RegisterAsync(call, app)));

    private Task OnInstanceAsync(HttpContext http, EurekaCall call, string app, string id, string[] rest) => rest switch
    {
        [] => OnAsync(
            http,
            call,
            ("GET", () => reads.InstanceAsync(call, app, id)),
            ("PUT", () => writes.RenewAsync(call, app, id)),
            ("DELETE", () => writes.CancelAsync(call, app, id))),
        ["status"] => OnAsync(
            http, call, ("PUT", () => writes.OverrideAsync(call, app, id)), ("DELETE", () => writes.EndOverrideAsync(call, app, id))),
        ["metadata"] => OnAsync(http, call, ("PUT", () => writes.DescribeAsync(call, app, id))),
        _ => call.RefuseAsync(StatusCodes.Status404NotFound, "Of an instance there are status and metadata."),
    };

    private static Task OnAsync(HttpContext http, EurekaCall call, params (string Method, Func<Task> Act)[] acts)
    {
        if (Array.Find(acts, one => one.Method == http.Request.Method) is { Act: { } act })
            return act();
        var allowed = string.Join(", ", acts.Select(one => one.Method));
        http.Response.Headers.Allow = allowed;
        return call.RefuseAsync(
            StatusCodes.Status405MethodNotAllowed, $"{EurekaCall.Show(http.Request.Method)} is not answered here; {allowed} is.");
    }

    private static Task RefuseReplicationAsync(EurekaCall call) => call.RefuseAsync(
        StatusCodes.Status501NotImplemented, "Agents are no peers of a Eureka: what one has, all members know by gossip.");

    /// <summary>Clients of Eureka send what stands in the address of their server.</summary>
    private static string? PasswordOf(HttpRequest request)
    {
        if (request.Headers.Authorization is not [{ } header] || !header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            return null;
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[Basic.Length..].Trim(), bytes, out var count))
            return null;
        var pair = Encoding.UTF8.GetString(bytes.AsSpan(0, count));
        return pair.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? pair[(colon + 1)..] : null;
    }
}
