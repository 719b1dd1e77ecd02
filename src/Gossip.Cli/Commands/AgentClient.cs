using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Serving;
using Gossip.Protocol;

namespace Gossip.Cli.Commands;

/// <summary>Talks to the agent of this machine by its socket.</summary>
internal sealed class AgentClient : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly IReadOnlyList<string> _sockets;

    /// <param name="socket">Where the agent is; null to look where it is by default.</param>
    /// <param name="patience">How long an answer may take; null for half a minute.</param>
    public AgentClient(string? socket, TimeSpan? patience = null)
    {
        _sockets = socket is null ? [.. AgentPlaces.SocketsToTry()] : [socket];
        var sockets = new SocketsHttpHandler { ConnectCallback = (_, cancellation) => ConnectAsync(cancellation), UseProxy = false };
        _http = new HttpClient(sockets) { BaseAddress = new Uri("http://agent"), Timeout = patience ?? Longest };
    }

    /// <summary>Sends a request, and throws what the agent finds wrong with it.</summary>
    /// <returns>The body; null where the agent does not know the service.</returns>
    /// <exception cref="InvalidOperationException">There is no agent, or it refuses; the message says why.</exception>
    public async Task<byte[]?> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        try
        {
            using var response = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
            var answer = await response.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                return answer;
            if (response.StatusCode == System.Net.HttpStatusCode.NotFound)
                return null;
            throw new InvalidOperationException(Problem(response, answer));
        }
        catch (HttpRequestException)
        {
            throw new CommandException(
                CommandExit.NoNode,
                $"No agent answers at {string.Join(" or ", _sockets)}. Start it with `gossip agent`, as the user that you are, "
                    + $"or name its socket by --socket or {AgentPlaces.SocketVariable}.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CommandException(
                CommandExit.NoNode, $"The agent has not answered within {_http.Timeout.TotalSeconds} s; its log may say why.");
        }
    }

    /// <summary>The path of a service.</summary>
    public static string PathOf(string id) => $"/v1/services/{Uri.EscapeDataString(id)}";

    public void Dispose() => _http.Dispose();

    private static string Problem(HttpResponseMessage response, byte[] answer)
    {
        try
        {
            if (JsonSerializer.Deserialize(answer, AgentJson.Default.ProblemPage) is { Detail: { } detail })
                return Limits.Show(detail);
        }
        catch (JsonException)
        {
            // Told by its status.
        }

        return $"The agent answers {(int)response.StatusCode} {Limits.Show(response.ReasonPhrase)}.";
    }

    private async ValueTask<Stream> ConnectAsync(CancellationToken cancellation)
    {
        SocketException? last = null;
        foreach (var path in _sockets)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException cannot)
            {
                socket.Dispose();
                last = cannot;
            }
        }

        throw last ?? new SocketException((int)SocketError.ConnectionRefused);
    }
}
