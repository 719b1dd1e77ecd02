using System.Globalization;
using System.Text;
using Gossip.Cli.Protocols.Eureka.Model;
using Gossip.Cli.Protocols.Eureka.Wire;
using Gossip.Cli.Protocols.Serving;
using Gossip.Protocol;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Gossip.Cli.Protocols.Eureka.Serving;

/// <summary>One request to the façade, and its answer.</summary>
/// <param name="http">The request.</param>
/// <param name="bodies">Room for its body.</param>
internal sealed class EurekaCall(HttpContext http, BodyRoom bodies)
{
    /// <summary>Bytes that are written before the reader has to take some.</summary>
    private const int MostUnread = 32 * 1024;

    private static readonly string[] XmlTypes = ["application/xml", "text/xml"];

    private const string FetchedKey = "gossip.eureka.fetched";

    /// <summary>JSON for whoever asks for it, and XML for all others, as Eureka has it.</summary>
    public EurekaFormat Format => http.Request.Headers.Accept.Any(one => one?.Contains("json", StringComparison.OrdinalIgnoreCase) == true)
        ? EurekaFormat.Json
        : EurekaFormat.Xml;

    public bool TakesPacked => http.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);

    /// <summary>The caller has gone.</summary>
    public CancellationToken Aborted => http.RequestAborted;

    /// <summary>
    /// The version of the view that was fetched by this connection last; null for none. A proxy has one connection for many clients, and
    /// nobody knows which of them has fetched.
    /// </summary>
    public long? Fetched
    {
        get => IsProxied ? null : http.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(FetchedKey, out var seen) == true
            ? (long?)seen
            : null;
        set
        {
            if (http.Features.Get<IConnectionItemsFeature>() is { } connection)
                connection.Items[FetchedKey] = value;
        }
    }

    /// <summary>Whether the body is JSON; null where it is neither that nor XML, or nothing that a page could send unasked.</summary>
    public bool? SendsJson => http.Request.ContentType is not { } type ? null
        : type.Contains("json", StringComparison.OrdinalIgnoreCase) ? true
        : XmlTypes.Any(one => type.StartsWith(one, StringComparison.OrdinalIgnoreCase)) ? false : null;

    private bool IsProxied => http.Request.Headers.ContainsKey("Via") || http.Request.Headers.ContainsKey("Forwarded")
        || http.Request.Headers.ContainsKey("X-Forwarded-For");

    /// <summary>The first value of a parameter; null where there is none.</summary>
    public string? Parameter(string name) => http.Request.Query.TryGetValue(name, out var values) ? values[0] ?? "" : null;

    /// <summary>All parameters, each with its first value.</summary>
    public IEnumerable<(string Key, string Value)> Parameters => http.Request.Query.Select(pair => (pair.Key, pair.Value[0] ?? ""));

    /// <summary>Done, and nothing to say.</summary>
    public Task DoneAsync(int status = StatusCodes.Status200OK)
    {
        http.Response.StatusCode = status;
        if (status != StatusCodes.Status204NoContent)
            http.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>Done; or why not.</summary>
    public Task DoneAsync(EurekaRefusal? refusal, int status = StatusCodes.Status200OK) =>
        refusal is null ? DoneAsync(status) : RefuseAsync(refusal.Status, refusal.Text);

    public Task RefuseAsync(int status, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.ContentLength = bytes.Length;
        return http.Response.Body.WriteAsync(bytes, Aborted).AsTask();
    }

    /// <summary>Answers with what is packed already.</summary>
    public Task SendPackedAsync(byte[] bytes)
    {
        SetType();
        http.Response.Headers.ContentEncoding = "gzip";
        http.Response.ContentLength = bytes.Length;
        return http.Response.Body.WriteAsync(bytes, Aborted).AsTask();
    }

    /// <summary>Answers part by part: what the reader does not take is not written yet.</summary>
    public async Task SendAsync(IEnumerable<byte[]> parts)
    {
        SetType();
        var pending = 0;
        foreach (var part in parts)
        {
            part.CopyTo(http.Response.BodyWriter.GetSpan(part.Length));
            http.Response.BodyWriter.Advance(part.Length);
            pending += part.Length;
            if (pending < MostUnread)
                continue;
            await http.Response.BodyWriter.FlushAsync(Aborted).ConfigureAwait(false);
            pending = 0;
        }

        await http.Response.BodyWriter.FlushAsync(Aborted).ConfigureAwait(false);
    }

    /// <summary>Reads the body.</summary>
    /// <returns>Null after a refusal.</returns>
    public async ValueTask<byte[]?> ReadAsync()
    {
        var (body, status) = await bodies.ReadAsync(http).ConfigureAwait(false);
        if (body is null)
            await RefuseAsync(status, status == StatusCodes.Status413PayloadTooLarge
                ? string.Create(CultureInfo.InvariantCulture, $"The body has more than {bodies.MostOfOne} bytes; an instance has fewer.")
                : "As many bodies are held as there is room for. Try again.").ConfigureAwait(false);
        return body;
    }

    /// <summary>A text of the caller's for an answer.</summary>
    public static string Show(string text) => Limits.Show(text.Length > 200 ? text[..200] + "…" : text);

    private void SetType() => http.Response.ContentType = Format == EurekaFormat.Json ? "application/json" : "application/xml";
}
