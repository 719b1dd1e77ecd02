using System.Text.Json;
using Gossip.Bootstrap;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Peer;

/// <summary>Publishes a node by mDNS and prints every sighting as a line of JSON.</summary>
internal static class MdnsVerb
{
    public static async Task<int> RunAsync(string[] args)
    {
        var options = new MdnsOptions
        {
            Instance = args[0],
            Host = args[1],
            Port = int.Parse(args[2]),
            Text = args.Skip(3).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]),
            LongestQueryInterval = TimeSpan.FromSeconds(2),
        };
        var shell = new MdnsShell(options, TimeProvider.System, NullLogger<MdnsShell>.Instance);
        shell.Start();
        var printing = PrintAsync(shell);
        while (await Console.In.ReadLineAsync() is not null)
            continue;
        await shell.DisposeAsync();
        await printing;
        return 0;
    }

    private static async Task PrintAsync(MdnsShell shell)
    {
        await foreach (var sighting in shell.WatchAsync(CancellationToken.None))
        {
            var endpoints = sighting.Endpoints.Select(endpoint => endpoint.ToString());
            Console.WriteLine(JsonSerializer.Serialize(
                new { sighting.Link, sighting.Instance, sighting.Host, endpoints, sighting.Text, sighting.IsOwn, sighting.IsLost }));
        }
    }
}
