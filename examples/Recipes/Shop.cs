using Gossip;

namespace Recipes;

/// <summary>Starts services in this process, each with a node of its own: what would be several programs elsewhere.</summary>
internal static class Shop
{
    /// <summary>A service that answers GET / with the name of its instance.</summary>
    public static async Task<WebApplication> StartAsync(string node, Action<GossipOptions> configure, Action<WebApplicationBuilder>? build = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddGossip(options =>
        {
            options.Cluster = $"recipes-{Environment.ProcessId}";
            options.NodeName = node;
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
        StartAsync("caller", options =>
        {
            options.Service.Register = false;
            configure?.Invoke(options);
        }, build);

    /// <summary>Calls a service by name some times, and counts who answered.</summary>
    public static async Task<string> CallAsync(HttpClient http, int times, string address)
    {
        var answers = new List<string>();
        for (var i = 0; i < times; i++)
            answers.Add(await http.GetStringAsync(new Uri(address)));
        return string.Join(", ", answers.CountBy(name => name).OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} × {pair.Value}"));
    }
}
