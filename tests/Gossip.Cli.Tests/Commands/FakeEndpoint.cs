using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Tests.Commands;

/// <summary>A server that answers whatever a test wants.</summary>
internal sealed class FakeEndpoint : IAsyncDisposable
{
    private readonly WebApplication _application;

    private FakeEndpoint(WebApplication application) => _application = application;

    public string Url => _application.Urls.First();

    public static async Task<FakeEndpoint> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(100));
        var application = builder.Build();
        application.Urls.Add("http://127.0.0.1:0");
        application.Run(answer);
        await application.StartAsync(Eventually.Patience());
        return new FakeEndpoint(application);
    }

    /// <summary>One that answers everything with a body of JSON.</summary>
    public static Task<FakeEndpoint> OfJsonAsync(string json) => StartAsync(http =>
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json);
    });

    /// <summary>Answers nothing more until the caller hangs up.</summary>
    public static async Task HangAsync(HttpContext http)
    {
        var hungUp = new TaskCompletionSource();
        await using var registration = http.RequestAborted.Register(hungUp.SetResult);
        await hungUp.Task;
    }

    /// <summary>A port at which bytes are answered that are no HTTP.</summary>
    public static TcpListener OfBytes(byte[] bytes)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _ = AnswerAsync();
        return listener;

        async Task AnswerAsync()
        {
            try
            {
                while (true)
                {
                    using var caller = await listener.AcceptTcpClientAsync();
                    var asked = new byte[4096];
                    _ = await caller.GetStream().ReadAsync(asked);
                    await caller.GetStream().WriteAsync(bytes);
                }
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException or IOException)
            {
                // The test is over.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }
}
