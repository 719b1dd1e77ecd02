using System.Buffers;
using System.Text;
using System.Text.Json;
using Gossip.Cli.Protocols.Serving;
using Gossip.Protocol;
using Microsoft.AspNetCore.Http;

namespace Gossip.Cli.Protocols.Prometheus;

/// <summary>The one path: the targets of all services, or of those that are named.</summary>
/// <param name="gate">Who is let in.</param>
/// <param name="discovery">The cluster.</param>
internal sealed class PrometheusRoutes(FacadeGate gate, IServiceDiscovery discovery)
{
    /// <summary>The path.</summary>
    public const string Path = "/v1/targets";

    private const string ServiceKey = "service";
    private const string EndpointKey = "endpoint";

    /// <summary>Bytes that are written before the reader has to take some.</summary>
    private const int MostUnread = 32 * 1024;

    /// <summary>Answers a request.</summary>
    public Task AnswerAsync(HttpContext http)
    {
        if (gate.Objection(http, writes: false, null, "a bearer token") is { } objection)
            return RefuseAsync(http, StatusCodes.Status403Forbidden, $"Permission denied: {objection}");
        if (http.Request.Path.Value?.TrimEnd('/') != Path)
            return RefuseAsync(
                http, StatusCodes.Status404NotFound, $"There is {Path}, with ?{ServiceKey}= and ?{EndpointKey}= to narrow it.");
        if (!HttpMethods.IsGet(http.Request.Method))
        {
            http.Response.Headers.Allow = HttpMethods.Get;
            return RefuseAsync(http, StatusCodes.Status405MethodNotAllowed, "Targets are only read: GET is answered here.");
        }

        var unknown = http.Request.Query.Keys.FirstOrDefault(key => key is not (ServiceKey or EndpointKey));
        return unknown is null
            ? SendAsync(http)
            : RefuseAsync(
                http, StatusCodes.Status400BadRequest, $"'{Short(unknown)}' is no parameter; there are {ServiceKey} and {EndpointKey}.");
    }

    private async Task SendAsync(HttpContext http)
    {
        var snapshot = discovery.Current;
        var asked = http.Request.Query[ServiceKey];
        var endpoint = http.Request.Query[EndpointKey] is [{ Length: > 0 } name, ..] ? name : null;
        var services = asked.Count == 0 ? snapshot.Services : asked.OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase);
        http.Response.ContentType = "application/json";
        var pending = new ArrayBufferWriter<byte>();
        var writer = new Utf8JsonWriter(pending, PrometheusTarget.Options);
        await using (writer.ConfigureAwait(false))
        {
            writer.WriteStartArray();
            foreach (var instance in services.SelectMany(snapshot.GetAllInstances))
            {
                PrometheusTarget.Write(writer, instance, endpoint);
                if (writer.BytesPending + pending.WrittenCount < MostUnread)
                    continue;
                writer.Flush();
                await TakeAsync(http, pending).ConfigureAwait(false);
            }

            writer.WriteEndArray();
        }

        await TakeAsync(http, pending).ConfigureAwait(false);
    }

    /// <summary>What the reader does not take is not written yet.</summary>
    private static async Task TakeAsync(HttpContext http, ArrayBufferWriter<byte> pending)
    {
        await http.Response.Body.WriteAsync(pending.WrittenMemory, http.RequestAborted).ConfigureAwait(false);
        pending.ResetWrittenCount();
    }

    private static Task RefuseAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), http.RequestAborted).AsTask();
    }

    private static string Short(string text) => Limits.Show(text.Length > 200 ? text[..200] + "…" : text);
}
