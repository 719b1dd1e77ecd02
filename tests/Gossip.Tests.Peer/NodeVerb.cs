using Gossip.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gossip.Tests.Peer;

/// <summary>
/// A host that embeds a node as any service does. Whenever the live members change it prints their names, sorted, as "members: a b"; a start
/// that is refused prints "refused: " and why. It reads what it is to do, a line each: "report" prints a <see cref="NodeView"/>, "starve"
/// takes the thread pool away until the next line.
/// </summary>
internal static class NodeVerb
{
    public static async Task<int> RunAsync(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Logging.ClearProviders();
        builder.AddGossipNode();
        using var host = builder.Build();
        try
        {
            await host.StartAsync();
        }
        catch (OptionsValidationException refusal)
        {
            Console.WriteLine($"refused: {refusal.Message.ReplaceLineEndings(" ")}");
            return 1;
        }

        var printing = PrintAsync(host.Services.GetRequiredService<IServiceDiscovery>());
        await ObeyAsync(host.Services.GetRequiredService<GossipLifecycle>());
        await host.StopAsync();
        await printing;
        return 0;
    }

    private static async Task ObeyAsync(GossipLifecycle lifecycle)
    {
        while (await Console.In.ReadLineAsync() is { } order)
        {
            if (order == "report")
                Console.WriteLine(NodeView.Of(await lifecycle.ExamineAsync(CancellationToken.None)).ToLine());
            else if (order == "starve")
                Starvation.UntilNextLine();
        }
    }

    private static async Task PrintAsync(IServiceDiscovery services)
    {
        var last = "";
        await foreach (var snapshot in services.WatchAsync())
        {
            var live = snapshot.Members.Where(member => member.State <= MemberState.Suspect).Select(member => member.Name);
            var line = $"members: {string.Join(' ', live.Order(StringComparer.Ordinal))}";
            if (line != last)
                Console.WriteLine(line);
            last = line;
        }
    }
}
