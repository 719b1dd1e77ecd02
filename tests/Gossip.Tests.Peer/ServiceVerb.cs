using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Tests.Peer;

/// <summary>A service as people write it: it runs until a signal ends it. Or its server fails to start, and nobody catches that.</summary>
internal static class ServiceVerb
{
    public static async Task<int> RunAsync(string[] args)
    {
        using var host = Build(args, _ => { });
        await host.RunAsync();
        return 0;
    }

    /// <summary>Fails when its input ends. The host is left as it is, neither stopped nor disposed.</summary>
    public static async Task<int> FailAsync(string[] args)
    {
        await Build(args, services => services.AddHostedService<FailingServer>()).StartAsync();
        return 0;
    }

    private static IHost Build(string[] args, Action<IServiceCollection> add)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Logging.ClearProviders();
        builder.AddGossipNode();
        add(builder.Services);
        var host = builder.Build();
        _ = SayReadyAsync(host.Services.GetRequiredService<IServiceDiscovery>());
        return host;
    }

    /// <summary>Says "ready" when the node knows somebody to say goodbye to.</summary>
    private static async Task SayReadyAsync(IServiceDiscovery services)
    {
        await foreach (var snapshot in services.WatchAsync())
        {
            if (snapshot.Members.Count < 2)
                continue;
            Console.WriteLine("ready");
            return;
        }
    }

    private sealed class FailingServer : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            while (await Console.In.ReadLineAsync(cancellationToken) is not null)
                continue;
            throw new IOException("the port is taken, as this test wants it");
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
