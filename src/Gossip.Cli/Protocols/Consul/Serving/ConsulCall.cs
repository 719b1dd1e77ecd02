using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gossip.Cli.Protocols.Consul.Filters;
using Gossip.Cli.Protocols.Consul.Model;
using Gossip.Cli.Protocols.Serving;
using Gossip.Protocol;
using Microsoft.AspNetCore.Http;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary>One request to the façade, and its answer.</summary>
/// <param name="http">The request.</param>
/// <param name="bodies">Room for its body.</param>
/// <param name="rest">What its path has behind that of the route, with its letters.</param>
internal sealed class ConsulCall(HttpContext http, BodyRoom bodies, string rest)
{
    /// <summary>How Consul begins to say what is wrong with a filter.</summary>
    public const string WrongFilter = "Failed to create boolean expression evaluator: ";

    private const string PlainText = "text/plain; charset=utf-8";

    /// <summary>Bytes of an answer from which it is packed when that is asked for.</summary>
    private const int PacksFrom = 512;

    /// <summary>What the path names: an id, a service, a node.</summary>
    public string Rest => rest;

    public HttpRequest Request => http.Request;

    public IHeaderDictionary Headers => http.Response.Headers;

    /// <summary>The caller has gone.</summary>
    public CancellationToken Aborted => http.RequestAborted;

    /// <summary>The first value of a parameter; null where there is none.</summary>
    public string? Parameter(string name) => http.Request.Query.TryGetValue(name, out var values) ? values[0] ?? "" : null;

    /// <summary>All values of a parameter.</summary>
    public IReadOnlyList<string> Parameters(string name) =>
        http.Request.Query.TryGetValue(name, out var values) ? [.. values.Select(value => value ?? "")] : [];

    public bool Has(string name) => http.Request.Query.ContainsKey(name);

    /// <summary>Done, and nothing to say.</summary>
    public Task DoneAsync()
    {
        http.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>Done; or why not.</summary>
    public Task DoneAsync(ConsulRefusal? refusal) => refusal is null ? DoneAsync() : RefuseAsync(refusal);

    public Task RefuseAsync(ConsulRefusal refusal) => TextAsync(refusal.Status, refusal.Text);

    public Task TextAsync(int status, string text, string contentType = PlainText)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        return SendAsync(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Answers by JSON.</summary>
    public Task JsonAsync<T>(T body, Func<ConsulJson, JsonTypeInfo<T>> type, int status = StatusCodes.Status200OK)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return SendAsync(JsonSerializer.SerializeToUtf8Bytes(body, type(Has("pretty") ? ConsulJson.Pretty : ConsulJson.Compact)));
    }

    /// <summary>Reads the body.</summary>
    /// <returns>Null after a refusal.</returns>
    public async ValueTask<byte[]?> ReadAsync()
    {
        var (body, status) = await bodies.ReadAsync(http).ConfigureAwait(false);
        if (body is null)
            await TextAsync(status, status == StatusCodes.Status413PayloadTooLarge
                ? string.Create(CultureInfo.InvariantCulture, $"Request body too large, max size: {bodies.MostOfOne} bytes.")
                : "As many bodies are held as there is room for. Try again.").ConfigureAwait(false);
        return body;
    }

    /// <summary>Leaves of some objects those that pass the caller's filter.</summary>
    /// <returns>What is wrong with the filter; null where it was applied, or there is none.</returns>
    public ConsulRefusal? Filter<T>(FilterSchema schema, ref IReadOnlyList<T> items)
        where T : class
    {
        if (Parameter("filter") is not { Length: > 0 } text)
            return null;
        if (FilterParser.Read(text, schema, out var problem) is not { } filter)
            return new(500, WrongFilter + problem);
        try
        {
            items = [.. items.Where(item => filter(item))];
            return null;
        }
        catch (System.Text.RegularExpressions.RegexMatchTimeoutException)
        {
            return new(500, WrongFilter + "the expression takes too long; write a shorter one");
        }
    }

    private Task SendAsync(byte[] bytes)
    {
        if (bytes.Length >= PacksFrom
            && http.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            using var packed = new MemoryStream();
            using (var packer = new GZipStream(packed, CompressionLevel.Fastest))
                packer.Write(bytes);
            Headers.ContentEncoding = "gzip";
            bytes = packed.ToArray();
        }

        http.Response.ContentLength = bytes.Length;
        return http.Response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }

    /// <summary>A text of the caller's for an answer.</summary>
    public static string Show(string text) => Limits.Show(text.Length > 200 ? text[..200] + "…" : text);
}
