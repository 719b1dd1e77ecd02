using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary>The façade's server, apart from the agent's own.</summary>
internal sealed partial class ConsulServer : IAsyncDisposable
{
    /// <summary>
    /// A caller that reads or sends more slowly than that is left: an answer of a megabyte may take half a minute.
    /// </summary>
    private static readonly MinDataRate Slowest = new(32 * 1024, TimeSpan.FromSeconds(5));

    private readonly WebApplication _application;

    private ConsulServer(WebApplication application) => _application = application;

    /// <summary>Starts it.</summary>
    /// <exception cref="InvalidOperationException">It cannot listen; the message says why and what to set.</exception>
    public static async Task<ConsulServer> StartAsync(
        ConsulSettings settings, ConsulRoutes routes, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        // Readers that wait are let go before, so what is left ends by itself or is broken off.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = ConsulProtocol.MostConnections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
            kestrel.Limits.MaxRequestBodySize = 4 * Model.ConsulBody.MostBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.Limits.MaxRequestLineSize = 16 * 1024;
            kestrel.Limits.MinRequestBodyDataRate = Slowest;
            kestrel.Limits.MinResponseDataRate = Slowest;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
            kestrel.Listen(settings.EndPoint, listen => listen.Protocols = HttpProtocols.Http1);
        });
        var application = builder.Build();
        application.Use(_ => routes.AnswerAsync);
        try
        {
            await application.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception cannot) when (cannot is IOException or System.Net.Sockets.SocketException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new InvalidOperationException(
                $"Consul's API cannot listen: {cannot.Message} Stop what listens there, such as a Consul, or change Agent:Consul:Url.",
                cannot);
        }

        Listens(loggers.CreateLogger("Gossip.Agent"), settings.Url, settings.Access);
        return new ConsulServer(application);
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(181, LogLevel.Information, "The agent answers as Consul does at {Url} (Agent:Consul:Access is {Access})")]
    private static partial void Listens(ILogger logger, Uri url, ConsulAccess access);

    /// <summary>No life of its own.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
