using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Tests.Peer;

/// <summary>A caller that embeds a node, and prints a <see cref="ServicesView"/> whenever it finds something else than before.</summary>
internal static class WatchVerb
{
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Logging.ClearProviders();
        builder.AddGossipNode();
        using var host = builder.Build();
        await host.StartAsync();
        var printing = PrintAsync(host.Services.GetRequiredService<IServiceDiscovery>());
        while (await Console.In.ReadLineAsync() is not null)
            continue;
        await host.StopAsync();
        await printing;
        return 0;
    }

    private static async Task PrintAsync(IServiceDiscovery services)
    {
        ServicesView? last = null;
        await foreach (var snapshot in services.WatchAsync())
        {
            var view = ServicesView.Of(Stopwatch.GetTimestamp(), snapshot);
            if (last?.SaysTheSame(view) == true)
                continue;
            Console.WriteLine(view.ToLine());
            last = view;
        }
    }
}
