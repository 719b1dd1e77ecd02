using System.Text.Json;
using Gossip.Bootstrap;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Peer;

/// <summary>Publishes a node by mDNS and prints every sighting as a line of JSON.</summary>
internal static class MdnsVerb
{
    private const string Interface = "--interface=";
    private const string Http = "--http=";

    public static async Task<int> RunAsync(string[] args)
    {
        var options = new MdnsOptions
        {
            Instance = args[0],
            Host = args[1],
            Port = int.Parse(args[2]),
            Text = args.Skip(3).Where(pair => !pair.StartsWith("--")).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]),
            Interfaces = [.. Values(args, Interface)],
            LongestQueryInterval = args.Contains("--seldom") ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(2),
        };
        var shell = new MdnsShell(options, TimeProvider.System, NullLogger<MdnsShell>.Instance);
        shell.Start();
        shell.Publish(
            [.. Values(args, Http).Select(port => new MdnsService("_http._tcp.local", options.Instance, int.Parse(port), new Dictionary<string, string>()))]);
        var printing = PrintAsync(shell);
        while (await Console.In.ReadLineAsync() is not null)
            continue;
        await shell.DisposeAsync();
        await printing;
        return 0;
    }

    private static IEnumerable<string> Values(string[] args, string option) =>
        args.Where(arg => arg.StartsWith(option)).Select(arg => arg[option.Length..]);

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
