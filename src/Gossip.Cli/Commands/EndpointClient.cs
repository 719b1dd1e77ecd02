using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gossip.Protocol;

namespace Gossip.Cli.Commands;

/// <summary>
/// Asks an endpoint: the first of those that were found which answers, and that one from then on. What comes back is bounded in time and in
/// length, and is JSON of the schema that this command knows, or the command ends with what is wrong.
/// </summary>
/// <param name="targets">The endpoints, in the order in which they are tried.</param>
/// <param name="patience">How long each may take.</param>
/// <param name="note">Hears what is worth to know.</param>
internal sealed class EndpointClient(IReadOnlyList<EndpointTarget> targets, TimeSpan patience, Action<string> note) : IDisposable
{
    /// <summary>Bytes of an answer: a cluster of thousands has fewer.</summary>
    public const int MostBytes = 64 * 1024 * 1024;

    /// <summary>The version of the answers that this command reads.</summary>
    private const int Schema = 1;

    private const int MostBytesOfProblem = 64 * 1024;

    private const string Events = "/events";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<string> _tried = [];
    private HttpClient? _http;
    private int _at;
    private bool _isChosen;

    /// <summary>The endpoint that answered, or is asked next.</summary>
    public EndpointTarget Target => targets[_at];

    /// <summary>Asks for a resource.</summary>
    /// <param name="path">Its path below the endpoint, with its query.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="CommandException">Nobody answers, or refuses, or knows nothing of that.</exception>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellation)
    {
        var (answer, problem) = await TryGetAsync(path, cancellation).ConfigureAwait(false);
        return problem is null ? answer : throw new CommandException(CommandExit.No, problem);
    }

    /// <summary>The same; with the problem where the node knows nothing of what was asked for.</summary>
    public async Task<(JsonElement Answer, string? Problem)> TryGetAsync(string path, CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Get, path, cancellation).ConfigureAwait(false);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound && IsProblem(response))
            return (default, Detail(bytes) ?? "The node knows nothing of that.");
        await RequireAsync(response, cancellation).ConfigureAwait(false);
        return (Parse(bytes), null);
    }

    /// <summary>Follows events: the response is there as soon as its head is.</summary>
    public async Task<HttpResponseMessage> FollowAsync(string? last, CancellationToken cancellation)
    {
        var response = await SendAsync(HttpMethod.Get, Events, cancellation, last).ConfigureAwait(false);
        await RequireAsync(response, cancellation).ConfigureAwait(false);
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
            return response;
        response.Dispose();
        throw Rubbish();
    }

    /// <summary>Asks for a link that signs a browser in; null where the endpoint has no login of its own.</summary>
    public async Task<string?> LoginAsync(CancellationToken cancellation)
    {
        using var response = await SendAsync(HttpMethod.Post, "/login", cancellation).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.NotFound)
            return null;
        await RequireAsync(response, cancellation).ConfigureAwait(false);
        var link = await response.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        return Uri.TryCreate(link.Trim(), UriKind.Absolute, out var url) && IsBelow(url) ? url.AbsoluteUri : throw Rubbish();
    }

    /// <summary>Gives the endpoint an order.</summary>
    /// <returns>The status, and what the answer says where it is a problem.</returns>
    /// <exception cref="CommandException">It does not answer.</exception>
    public async Task<(HttpStatusCode Status, string Reason)> OrderAsync(string path, byte[] body, CancellationToken cancellation)
    {
        try
        {
            _http ??= new HttpClient(Target.Connect()) { Timeout = patience, MaxResponseContentBufferSize = MostBytes };
            using var request = new HttpRequestMessage(HttpMethod.Post, Target.At(path)) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (Target.ReadGiven() is { } token)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
            return (response.StatusCode, await ReasonAsync(response, cancellation).ConfigureAwait(false));
        }
        catch (HttpRequestException cannot)
        {
            throw new CommandException(CommandExit.NoNode, $"{Target.Place} does not answer: {Because(cannot)}.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandException(CommandExit.NoNode, $"{Target.Place} does not answer within {patience.TotalSeconds} s.");
        }
    }

    public void Dispose() => _http?.Dispose();

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, CancellationToken cancellation, string? last = null)
    {
        var exitCode = CommandExit.NoNode;
        for (var count = 0; count < targets.Count; count++)
        {
            try
            {
                var response = await AskAsync(method, path, last, cancellation).ConfigureAwait(false);
                if (_isChosen || !IsElsewhere(response))
                    return Choose(response);
                exitCode = IsRefusal(response) || exitCode == CommandExit.Refused ? CommandExit.Refused : CommandExit.Unusable;
                _tried.Add($"{Target.Place} ({await ReasonAsync(response, cancellation).ConfigureAwait(false)})");
                response.Dispose();
            }
            catch (HttpRequestException cannot)
            {
                if (IsRubbish(cannot) && exitCode == CommandExit.NoNode)
                    exitCode = CommandExit.Unusable;
                _tried.Add($"{Target.Place} ({Because(cannot)})");
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                _tried.Add($"{Target.Place} (no answer within {patience.TotalSeconds} s)");
            }

            if (_isChosen)
                break;
            Next();
        }

        throw new CommandException(exitCode, Nobody(exitCode));
    }

    private async Task<HttpResponseMessage> AskAsync(
        HttpMethod method, string path, string? last, CancellationToken cancellation)
    {
        _http ??= new HttpClient(Target.Connect()) { Timeout = patience, MaxResponseContentBufferSize = MostBytes };
        var sent = new List<string?> { Target.ReadOwn() ?? Target.ReadGiven() };
        var response = await SendOnceAsync(sent[0]).ConfigureAwait(false);
        // In Development the own one is written when the first caller is refused; and where a policy decides, the other may open it.
        foreach (var read in (Func<string?>[])[Target.ReadOwn, Target.ReadGiven])
        {
            if (!IsRefusal(response) || read() is not { } token || sent.Contains(token))
                continue;
            response.Dispose();
            sent.Add(token);
            response = await SendOnceAsync(token).ConfigureAwait(false);
        }

        return response;

        async Task<HttpResponseMessage> SendOnceAsync(string? bearer)
        {
            using var request = new HttpRequestMessage(method, Target.At(path));
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(path == Events ? "text/event-stream" : "application/json"));
            if (bearer is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
            if (last is not null)
                request.Headers.TryAddWithoutValidation("Last-Event-ID", last);
            // Of events the head is waited for, and of all else the whole answer.
            var until = path == Events ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead;
            return await _http.SendAsync(request, until, cancellation).ConfigureAwait(false);
        }
    }

    private HttpResponseMessage Choose(HttpResponseMessage response)
    {
        string[] clusters = [.. targets.Select(one => one.Cluster).Where(name => name.Length > 0).Distinct()];
        if (!_isChosen && clusters.Length > 1)
            note($"{Target.Place} is asked. Nodes of several clusters run here ({string.Join(", ", clusters)}): --cluster chooses.");
        _isChosen = true;
        return response;
    }

    private void Next()
    {
        _at = (_at + 1) % targets.Count;
        _http?.Dispose();
        _http = null;
    }

    /// <summary>Whether another endpoint may answer better: this one lets nobody in, leads elsewhere, or is none.</summary>
    private static bool IsElsewhere(HttpResponseMessage response) =>
        IsRefusal(response) || (int)response.StatusCode is >= 300 and < 400 or >= 500
        || (response.StatusCode == HttpStatusCode.NotFound && !IsProblem(response));

    private static bool IsRefusal(HttpResponseMessage response) =>
        response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;

    private static bool IsProblem(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType == "application/problem+json";

    /// <summary>Whether a URL leads to this endpoint, and to nobody else with what stands in it.</summary>
    private bool IsBelow(Uri url) => url.UserInfo.Length == 0
        && (url.Scheme, url.Host, url.Port) == (Target.Url.Scheme, Target.Url.Host, Target.Url.Port)
        && url.AbsolutePath.StartsWith(Target.Url.AbsolutePath + "/", StringComparison.Ordinal);

    private async Task RequireAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode)
            return;
        var reason = await ReasonAsync(response, cancellation).ConfigureAwait(false);
        var exitCode = IsRefusal(response) ? CommandExit.Refused
            : response.StatusCode == HttpStatusCode.BadRequest ? CommandExit.Usage : CommandExit.Unusable;
        response.Dispose();
        throw new CommandException(exitCode, exitCode == CommandExit.Usage ? reason : $"{Target.Place}: {reason}");
    }

    private JsonElement Parse(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(Strict.GetString(bytes));
            var answer = document.RootElement.Clone();
            // Half a letter is found where it is written.
            _ = answer.Json();
            if (answer.ValueKind == JsonValueKind.Object && answer.Number("schema") is { } schema)
            {
                return schema <= Schema
                    ? answer
                    : throw new CommandException(
                        CommandExit.Unusable,
                        $"{Target.Place} answers in schema {schema}, and this command reads {Schema}: install a newer one.");
            }
        }
        catch (Exception wrong) when (wrong is JsonException or DecoderFallbackException or ArgumentException or InvalidOperationException
            && wrong is not CommandException)
        {
            // Told below.
        }

        throw Rubbish();
    }

    private CommandException Rubbish() => new(
        CommandExit.Unusable,
        $"What answers at {Target.Place} is no endpoint of Gossip. Give the URL of one, as http://HOST:PORT/gossip.");

    private string Nobody(int exitCode) => $"No node answers: tried {string.Join("; ", _tried.TakeLast(10))}. " + exitCode switch
    {
        CommandExit.Refused => "Be the user that the process runs as; or, where the application's own policy decides, bring a token that "
            + $"it accepts by --token-file or {EndpointOptions.TokenVariable}, and name the node by --node or --url.",
        CommandExit.Unusable => "Give the URL to which app.MapGossip() maps, as http://HOST:PORT/gossip.",
        _ => "Start a service that calls app.MapGossip(), or give the URL of one with --url.",
    };

    private async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var status = $"{(int)response.StatusCode} {response.ReasonPhrase}";
        if (!IsProblem(response))
            return status;
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        soon.CancelAfter(patience);
        try
        {
            var bytes = new byte[MostBytesOfProblem];
            var body = await response.Content.ReadAsStreamAsync(soon.Token).ConfigureAwait(false);
            var count = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, soon.Token).ConfigureAwait(false);
            return Detail(bytes.AsMemory(0, count)) ?? status;
        }
        catch (Exception cut) when (cut is IOException || (cut is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return status;
        }
    }

    private static string? Detail(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var (title, detail) = (document.RootElement.Text("title"), document.RootElement.Text("detail"));
            // A title is a sentence where it says more than the status.
            return (title.EndsWith('.') ? $"{title} {detail}" : detail).Trim() is { Length: > 0 } told ? told : null;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsRubbish(HttpRequestException cannot) => cannot.HttpRequestError is HttpRequestError.InvalidResponse
        or HttpRequestError.HttpProtocolError or HttpRequestError.ResponseEnded or HttpRequestError.ConfigurationLimitExceeded;

    private static string Because(HttpRequestException cannot) => cannot switch
    {
        { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => $"its answer has more than {MostBytes >> 20} MiB",
        { HttpRequestError: HttpRequestError.ConnectionError, InnerException: { } inner } => Limits.Show(inner.Message),
        _ => Limits.Show(cannot.Message),
    };
}
