using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Sources;
using Gossip.Diagnostics;
using Gossip.Hosting;
using Gossip.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Gossip.Cli.Agent.Serving;

/// <summary>
/// The agent's API, below <c>/v1</c>: services are put, deleted and shown, drained and resumed, and report on themselves. What a caller
/// gets wrong is answered by <c>application/problem+json</c>, with all mistakes of a body at once.
/// </summary>
/// <param name="loop">The agent.</param>
/// <param name="options">Its options.</param>
/// <param name="processes">Looks at the process that a caller names.</param>
/// <param name="node">The agent's node.</param>
internal sealed class AgentRoutes(AgentLoop loop, AgentOptions options, ProcessTable processes, Func<NodeIdentity> node)
{
    /// <summary>Bytes of a definition: a record has at most 24 KiB, and its checks a few.</summary>
    public const int MostBytes = 128 * 1024;

    private static readonly string[] Reports = ["pass", "warn", "fail"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/agent", ShowAgentAsync);
        routes.MapGet("/v1/services", http => AnswerAsync(
            http,
            StatusCodes.Status200OK,
            ServicesPage.Of(loop.Shown.Values),
            AgentJson.Default.ServicesPage));
        routes.MapGet("/v1/services/{id}", ShowAsync);
        routes.MapPut("/v1/services/{id}", PutAsync);
        routes.MapDelete("/v1/services/{id}", DeleteAsync);
        routes.MapPut("/v1/services/{id}/drain", http => DrainAsync(http, drains: true));
        routes.MapDelete("/v1/services/{id}/drain", http => DrainAsync(http, drains: false));
        routes.MapPut("/v1/services/{id}/checks/{check}/{report}", ReportAsync);
        routes.MapFallback(http => RefuseAsync(
            http,
            StatusCodes.Status404NotFound,
            "There is no such resource; there are /gossip, /v1/agent, /v1/services, /v1/services/{id}, /v1/services/{id}/drain and "
                + "/v1/services/{id}/checks/{check}/pass, warn or fail, as docs/AGENT.md has them."));
    }

    /// <summary>Answers that a caller is wrong, and how to be right.</summary>
    public static Task RefuseAsync(HttpContext http, int status, string detail, IReadOnlyList<string>? errors = null) => AnswerAsync(
        http,
        status,
        new ProblemPage(Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), status, detail, errors ?? []),
        AgentJson.Default.ProblemPage,
        "application/problem+json");

    private static Task AnswerAsync<T>(HttpContext http, int status, T page, JsonTypeInfo<T> type, string contentType = "application/json")
    {
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsJsonAsync(page, type, contentType, http.RequestAborted);
    }

    /// <summary>Routing decodes everything but slashes.</summary>
    private static string IdOf(HttpContext http) =>
        ((string)http.Request.RouteValues["id"]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static Task UnknownAsync(HttpContext http, string id) => RefuseAsync(
        http, StatusCodes.Status404NotFound, $"There is no service '{Limits.Show(id)}'; GET /v1/services shows those that there are.");

    private Task ShowAgentAsync(HttpContext http)
    {
        var identity = node();
        var shown = loop.Shown;
        var page = new AgentPage(
            AgentJson.Schema, options.Name, identity.Name, identity.Cluster, identity.Advertised.ToString(), Environment.ProcessId,
            shown.Count, shown.Values.Count(one => one.Record is not null), Reconciler.Most);
        return AnswerAsync(http, StatusCodes.Status200OK, page, AgentJson.Default.AgentPage);
    }

    private Task ShowAsync(HttpContext http) => loop.Shown.TryGetValue(IdOf(http), out var shown)
        ? AnswerAsync(http, StatusCodes.Status200OK, ServicePage.Of(shown), AgentJson.Default.ServicePage)
        : UnknownAsync(http, IdOf(http));

    private async Task PutAsync(HttpContext http)
    {
        if (await ReadAsync(http).ConfigureAwait(false) is not { } body)
            return;
        var problems = new List<string>();
        if (ApiSource.Read(body, IdOf(http), problems) is not { } read)
        {
            await RefuseAsync(http, StatusCodes.Status400BadRequest, string.Join(' ', problems), problems).ConfigureAwait(false);
            return;
        }

        // Whoever has the id when it is registered is the service: one that gets it later is another process.
        ProcessIdentity? process;
        try
        {
            process = read.Pid is { } pid ? processes.Find(pid) : null;
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            await RefuseAsync(
                http,
                StatusCodes.Status503ServiceUnavailable,
                $"Whether process {read.Pid} runs cannot be found out: {cannot.Message} Try again.").ConfigureAwait(false);
            return;
        }

        if (read.Pid is not null && process is null)
        {
            await RefuseAsync(
                http,
                StatusCodes.Status400BadRequest,
                $"pid is {read.Pid}, and no such process runs here; give that of the service, as $MAINPID.").ConfigureAwait(false);
            return;
        }

        if (loop.Shown.TryGetValue(read.Id, out var other) && other.Definition.Origin != ApiSource.Origin)
        {
            await RefuseAsync(
                http,
                StatusCodes.Status409Conflict,
                $"'{Limits.Show(read.Id)}' is defined by {other.Definition.Origin}: change it there, or choose another id.")
                .ConfigureAwait(false);
            return;
        }

        var problem = await loop.AskAsync(api => api.Put(read with { Process = process }), http.RequestAborted).ConfigureAwait(false);
        if (problem is not null)
            await RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, problem).ConfigureAwait(false);
        else
            http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task DeleteAsync(HttpContext http)
    {
        var id = IdOf(http);
        if (await loop.AskAsync(api => api.Remove(id), http.RequestAborted).ConfigureAwait(false))
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        else if (loop.Shown.TryGetValue(id, out var shown) && shown.Definition.Origin != ApiSource.Origin)
            await RefuseAsync(
                http,
                StatusCodes.Status409Conflict,
                $"'{Limits.Show(id)}' is defined by {shown.Definition.Origin}: take it back there.").ConfigureAwait(false);
        else
            await UnknownAsync(http, id).ConfigureAwait(false);
    }

    private async Task DrainAsync(HttpContext http, bool drains)
    {
        var id = IdOf(http);
        if (await ReadAsync(http).ConfigureAwait(false) is not { } body)
            return;
        string reason;
        try
        {
            var order = body.Length == 0 ? null : JsonSerializer.Deserialize(body, AgentJson.Default.DrainOrderBody);
            reason = RecordText.Fit(order?.Reason ?? "an operator drains it", Limits.ReasonBytes);
        }
        catch (JsonException error)
        {
            await RefuseAsync(
                http,
                StatusCodes.Status400BadRequest,
                $"The body is no order: {Limits.Show(error.Message)} Write {{ \"reason\": \"…\" }}, or nothing.").ConfigureAwait(false);
            return;
        }

        var (isThere, problem) = await loop.DrainAsync(id, drains ? reason : null, http.RequestAborted).ConfigureAwait(false);
        if (!isThere)
            await UnknownAsync(http, id).ConfigureAwait(false);
        else if (problem is not null)
            await RefuseAsync(http, StatusCodes.Status503ServiceUnavailable, problem).ConfigureAwait(false);
        else
            http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task ReportAsync(HttpContext http)
    {
        var (id, route) = (IdOf(http), http.Request.RouteValues);
        var (name, report) = ((string)route["check"]!, (string)route["report"]!);
        if (!loop.Shown.TryGetValue(id, out var shown))
        {
            await UnknownAsync(http, id).ConfigureAwait(false);
            return;
        }

        var scheduled = shown.Checks.FirstOrDefault(check => check.Definition.Id == name);
        if (scheduled?.Check is not TtlCheck ttl || !Reports.Contains(report))
        {
            var known = shown.Checks.Where(check => check.Check is TtlCheck).Select(check => check.Definition.Id).ToArray();
            await RefuseAsync(
                http,
                StatusCodes.Status404NotFound,
                $"'{Limits.Show(id)}' has no report '{Limits.Show(report)}' of a check '{Limits.Show(name)}'; reports are pass, warn "
                    + (known.Length == 0
                        ? "and fail, and it has no check of the type ttl."
                        : $"and fail, and its checks of the type ttl are {string.Join(", ", known)}."))
                .ConfigureAwait(false);
            return;
        }

        if (await ReadAsync(http).ConfigureAwait(false) is not { } body)
            return;
        var status = (CheckStatus)(Array.IndexOf(Reports, report) + (int)CheckStatus.Pass);
        var note = CheckResult.Clean(body.AsSpan(0, Math.Min(body.Length, CheckResult.MostOutput)));
        ttl.Take(new(status, note.Length > 0 ? note : $"the service reports {report}"));
        loop.RunNow(scheduled);
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>The body; null after an answer, when it is too long.</summary>
    private static async ValueTask<byte[]?> ReadAsync(HttpContext http)
    {
        var bytes = new byte[MostBytes + 1];
        var count = await http.Request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, http.RequestAborted)
            .ConfigureAwait(false);
        if (count <= MostBytes)
            return bytes[..count];
        await RefuseAsync(http, StatusCodes.Status413PayloadTooLarge, $"The body has more than {MostBytes} bytes; a definition has fewer.")
            .ConfigureAwait(false);
        return null;
    }
}
