using Gossip;

namespace Recipes;

/// <summary>Told of every change of a service's instances, when it happens.</summary>
internal static class Watch
{
    public static async Task RunAsync()
    {
        await using var caller = await Shop.StartCallerAsync();
        var view = caller.Services.GetRequiredService<IServiceDiscovery>().Open(new ServiceQuery("stock"));
        var story = PlayAsync(view);
        var had = false;

        await foreach (var instances in view.WatchAsync())
        {
            Console.WriteLine($"stock: {(instances.Count == 0 ? "nobody" : string.Join(", ", instances.Select(one => $"{one.NodeName} ({one.Weight})").Order()))}");
            if (had && instances.Count == 0)
                break;
            had |= instances.Count > 0;
        }

        await story;
    }

    /// <summary>Two instances come, one of them asks for less, and both go.</summary>
    private static async Task PlayAsync(IServiceView stock)
    {
        var first = await Shop.StartAsync("stock-1", options => options.Service.Name = "stock");
        var second = await Shop.StartAsync("stock-2", options => options.Service.Name = "stock");
        await stock.WaitForAsync(atLeast: 2, TimeSpan.FromSeconds(10));
        await second.Services.GetRequiredService<IServiceRegistrar>().Own!.UpdateAsync(record => record with { Weight = 10 });
        await first.DisposeAsync();
        await second.DisposeAsync();
    }
}
