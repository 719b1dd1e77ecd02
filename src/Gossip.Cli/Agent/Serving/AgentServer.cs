using System.Net.Sockets;
using Gossip.Bootstrap;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Agent.Serving;

/// <summary>
/// Serves the agent's API: on a Unix socket, which nobody but the agent's user and root can open, and on loopback to those who bring the
/// token. It is a server of its own, so that an application which has the agent within it keeps its own as it is.
/// </summary>
internal sealed partial class AgentServer : IAsyncDisposable
{
    /// <summary>Marks what came by the socket, whose mode has decided already.</summary>
    private const string Trusted = "gossip.socket";

    private readonly WebApplication _application;
    private readonly string? _socket;
    private readonly HeldFile? _token;

    private AgentServer(WebApplication application, string? socket, HeldFile? token) =>
        (_application, _socket, _token) = (application, socket, token);

    /// <summary>Starts it; null where neither a socket nor an address is wanted.</summary>
    /// <exception cref="InvalidOperationException">It cannot listen; the message says why and what to set.</exception>
    public static async Task<AgentServer?> StartAsync(
        IEnumerable<Action<WebApplication>> routes, AgentOptions options, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var socket = AgentPlaces.SocketOf(options);
        if (socket is null && options.Url is null)
            return null;
        var secret = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));
        var token = options.Url is null ? null : HeldFile.Create(TokenOf(options), secret + "\n");
        if (socket is not null)
            await MakeRoomAsync(socket, cancellation).ConfigureAwait(false);
        var application = Build(socket, options.Url, loggers);
        application.Use(next => http => IsTrusted(http, secret) ? next(http) : AskForTokenAsync(http, options));
        application.UseRouting();
        foreach (var map in routes)
            map(application);
        try
        {
            await application.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException cannot)
        {
            token?.Dispose();
            throw new InvalidOperationException(
                $"The agent's API cannot listen: {cannot.Message} Set Agent:Socket or Agent:Url to another place.", cannot);
        }

        Listens(loggers.CreateLogger("Gossip.Agent"), socket ?? "no socket", options.Url?.ToString() ?? "no address");
        return new AgentServer(application, socket, token);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
        _token?.Dispose();
        if (_socket is not null)
            File.Delete(_socket);
    }

    private static string TokenOf(AgentOptions options) => Path.Combine(AgentPlaces.StateFolder(options), "agent.token");

    private static WebApplication Build(string? socket, Uri? url, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, HostLifetime>();
        builder.Services.Configure<SocketTransportOptions>(transport => transport.CreateBoundListenSocket = Bind);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 256;
            kestrel.Limits.MaxRequestBodySize = 2 * AgentRoutes.MostBytes;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            if (socket is not null)
                kestrel.ListenUnixSocket(socket, listen => listen.Use(next => connection =>
                {
                    connection.Items[Trusted] = true;
                    return next(connection);
                }));
            if (url is not null)
                kestrel.Listen(AgentPlaces.EndPointOf(url)!);
        });
        return builder.Build();
    }

    /// <summary>Before it listens nobody can connect: by then the mode says who may.</summary>
    private static Socket Bind(System.Net.EndPoint endpoint)
    {
        var bound = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (endpoint is UnixDomainSocketEndPoint && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(endpoint.ToString()!, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return bound;
    }

    /// <summary>Removes what a killed agent has left in the socket's place.</summary>
    private static async ValueTask MakeRoomAsync(string socket, CancellationToken cancellation)
    {
        if (!File.Exists(socket))
            return;
        try
        {
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await probe.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            File.Delete(socket);
            return;
        }

        throw new InvalidOperationException(
            $"Another agent listens at {socket}. Stop that one, or set Agent:Socket to another path, and Agent:Name to another name.");
    }

    private static bool IsTrusted(HttpContext http, string secret)
    {
        if (http.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(Trusted) == true)
            return true;
        const string Bearer = "Bearer ";
        return http.Request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            && EndpointToken.AreSame(header[Bearer.Length..], secret);
    }

    private static Task AskForTokenAsync(HttpContext http, AgentOptions options)
    {
        http.Response.Headers.WWWAuthenticate = "Bearer";
        return AgentRoutes.RefuseAsync(
            http,
            StatusCodes.Status401Unauthorized,
            "The token of this agent is needed: curl --oauth2-bearer $(cat "
                + $"{TokenOf(options)}) {options.Url}v1/services");
    }

    [LoggerMessage(155, LogLevel.Information, "The agent's API listens at {Socket}, and at {Url}")]
    private static partial void Listens(ILogger logger, string socket, string url);

    /// <summary>No life of its own: the host around it hears the signals, and stops it.</summary>
    internal sealed class HostLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
