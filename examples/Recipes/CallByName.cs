using Gossip;

namespace Recipes;

/// <summary>An HttpClient that takes names: each call goes to an instance that can take it, and one that is gone is passed over.</summary>
internal static class CallByName
{
    public static async Task RunAsync()
    {
        await using var first = await Shop.StartAsync("payments-1", options => options.Service.Name = "payments");
        await using var second = await Shop.StartAsync("payments-2", options => options.Service.Name = "payments");
        await using var caller = await Shop.StartCallerAsync(builder =>
            builder.Services.AddHttpClient("shop").AddGossipDiscovery());

        var services = caller.Services.GetRequiredService<IServiceDiscovery>();
        await services.WaitForAsync("payments", atLeast: 2, TimeSpan.FromSeconds(10));

        var http = caller.Services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");
        Console.WriteLine($"both run:  {await Shop.CallAsync(http, 20, "http://payments/")}");

        await first.StopAsync();
        Console.WriteLine($"one left:  {await Shop.CallAsync(http, 20, "http://payments/")}");

        try
        {
            await http.GetStringAsync(new Uri("http://paiments/"));
        }
        catch (NoInstancesException error)
        {
            Console.WriteLine($"misspelt:  {error.Message}");
        }
    }
}
