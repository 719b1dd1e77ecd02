using System.Net;
using System.Net.Sockets;
using Gossip;

namespace Recipes;

/// <summary>Starts services in this process, each with a node of its own: what would be several programs elsewhere.</summary>
internal static class Shop
{
    private static string s_cluster = "";
    private static int s_seed;
    private static bool s_isFirst;

    /// <summary>Begins a cluster with a seed of its own, which it needs while another cluster has all the well-known ports of the machine.</summary>
    public static void Open(string recipe)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        s_cluster = $"{recipe}-{Environment.ProcessId}";
        s_seed = ((IPEndPoint)probe.LocalEndpoint).Port;
        s_isFirst = true;
    }

    /// <summary>A service that answers GET / with the name of its instance.</summary>
    public static async Task<WebApplication> StartAsync(string node, Action<GossipOptions> configure, Action<WebApplicationBuilder>? build = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var port = s_isFirst ? s_seed : 0;
        s_isFirst = false;
        builder.AddGossip(options =>
        {
            options.Cluster = s_cluster;
            options.NodeName = node;
            options.Seeds.Add($"127.0.0.1:{s_seed}");
            options.Port = port;
            configure(options);
        });
        build?.Invoke(builder);
        var app = builder.Build();
        app.MapGet("/", () => node);
        await app.StartAsync();
        return app;
    }

    /// <summary>A program that only calls others.</summary>
    public static Task<WebApplication> StartCallerAsync(Action<WebApplicationBuilder>? build = null, Action<GossipOptions>? configure = null) =>
        StartAsync("caller", (options => options.Service.Register = false) + configure, build);

    /// <summary>Calls a service by name some times, and counts who answered.</summary>
    public static async Task<string> CallAsync(HttpClient http, int times, string address)
    {
        var answers = new List<string>();
        while (answers.Count < times)
            answers.Add(await http.GetStringAsync(new Uri(address)));
        return string.Join(", ", answers.CountBy(name => name).OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} × {pair.Value}"));
    }
}
