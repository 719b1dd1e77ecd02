using Gossip;

namespace Recipes;

/// <summary>Calls stay in the caller's zone, as long as there is somebody to take them.</summary>
internal static class Zones
{
    public static async Task RunAsync()
    {
        await using var near = await Shop.StartAsync("prices-east", options => Place(options, "east"));
        await using var far = await Shop.StartAsync("prices-west", options => Place(options, "west"));
        await using var caller = await Shop.StartCallerAsync(
            builder => builder.Services.AddHttpClient("shop").AddGossipDiscovery(),
            options => options.Zone = "east");

        await caller.Services.GetRequiredService<IServiceDiscovery>().WaitForAsync("prices", atLeast: 2, TimeSpan.FromSeconds(10));
        var http = caller.Services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
        Console.WriteLine($"called from east:       {await Shop.CallAsync(http, 20, "http://prices/")}");

        await near.StopAsync();
        Console.WriteLine($"when east has nobody:   {await Shop.CallAsync(http, 20, "http://prices/")}");
    }

    private static void Place(GossipOptions options, string zone)
    {
        options.Service.Name = "prices";
        options.Zone = zone;
    }
}
