using Gossip.Cli.Agent.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Cli.Protocols.Serving;

/// <summary>The server of a façade, apart from the agent's own.</summary>
internal sealed partial class FacadeServer : IAsyncDisposable
{
    /// <summary>
    /// A caller that reads more slowly than that is left: an answer of a megabyte may take eight seconds, and five more.
    /// </summary>
    private static readonly MinDataRate SlowestReader = new(128 * 1024, TimeSpan.FromSeconds(5));

    /// <summary>And one that sends more slowly: bodies are short.</summary>
    private static readonly MinDataRate SlowestSender = new(32 * 1024, TimeSpan.FromSeconds(5));

    private readonly WebApplication _application;

    private FacadeServer(WebApplication application) => _application = application;

    /// <summary>Starts it.</summary>
    /// <param name="settings">Where it listens.</param>
    /// <param name="registry">Whose API it is, such as <c>Consul</c>.</param>
    /// <param name="mostConnections">Connections at a time.</param>
    /// <param name="room">Room for bodies.</param>
    /// <param name="answer">Answers each request.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="InvalidOperationException">It cannot listen; the message says why and what to set.</exception>
    public static async Task<FacadeServer> StartAsync(
        FacadeSettings settings, string registry, int mostConnections, BodyRoom room, RequestDelegate answer, ILoggerFactory loggers,
        CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<ILoggerFactory>(new FacadeLoggers(loggers));
        builder.Services.AddSingleton<IHostLifetime, AgentServer.HostLifetime>();
        // Readers that wait are let go before, so what is left ends by itself or is broken off.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = mostConnections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
            // What is too long gets the façade's own answer first.
            kestrel.Limits.MaxRequestBodySize = 4 * room.MostOfOne;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MaxRequestLineSize = 16 * 1024;
            kestrel.Limits.MinRequestBodyDataRate = SlowestSender;
            kestrel.Limits.MinResponseDataRate = SlowestReader;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
            kestrel.Listen(settings.EndPoint, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var application = builder.Build();
        application.Use(_ => answer);
        try
        {
            await application.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception cannot) when (cannot is IOException or System.Net.Sockets.SocketException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new InvalidOperationException(
                $"The API of {registry} cannot listen: {cannot.Message} "
                    + $"Stop what listens there, such as {registry} itself or another agent, "
                    + $"or change {settings.Section}:{nameof(FacadeSettings.Url)}.",
                cannot);
        }

        Listens(loggers.CreateLogger("Gossip.Agent"), registry, settings.Url, settings.Section, settings.Access);
        return new FacadeServer(application);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(181, LogLevel.Information, "The agent answers as {Registry} does at {Url} ({Section}:Access is {Access})")]
    private static partial void Listens(ILogger logger, string registry, Uri url, string section, FacadeAccess access);

    /// <summary>The host's loggers, but that of each request: its line has the whole address, and a token may be in it.</summary>
    private sealed class FacadeLoggers(ILoggerFactory loggers) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) =>
            categoryName == "Microsoft.AspNetCore.Hosting.Diagnostics" ? NullLogger.Instance : loggers.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
            // They are the host's.
        }
    }
}
