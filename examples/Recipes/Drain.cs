using Gossip;

namespace Recipes;

/// <summary>An instance is stopped under load, and no call fails: its callers have acknowledged that it drains before its server closes.</summary>
internal static class Drain
{
    public static async Task RunAsync()
    {
        await using var leaving = await Shop.StartAsync("mail-1", options => options.Service.Name = "mail", LogDrain);
        await using var staying = await Shop.StartAsync("mail-2", options => options.Service.Name = "mail");
        await using var caller = await Shop.StartCallerAsync(builder => builder.Services.AddHttpClient("shop").AddGossipDiscovery());
        await caller.Services.GetRequiredService<IServiceDiscovery>().WaitForAsync("mail", atLeast: 2, TimeSpan.FromSeconds(10));
        var http = caller.Services.GetRequiredService<IHttpClientFactory>().CreateClient("shop");

        var stopping = leaving.StopAsync();
        var calls = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CallWhileAsync(stopping, http)));
        await stopping;
        Console.WriteLine($"{calls.Sum(one => one.Good)} calls were answered meanwhile, {calls.Sum(one => one.Bad)} failed");
    }

    private static void LogDrain(WebApplicationBuilder builder) => builder.Logging.AddFilter("Gossip", LogLevel.Information);

    private static async Task<(int Good, int Bad)> CallWhileAsync(Task stopping, HttpClient http)
    {
        var (good, bad) = (0, 0);
        while (!stopping.IsCompleted)
        {
            try
            {
                await http.GetStringAsync(new Uri("http://mail/"));
                good++;
            }
            catch (HttpRequestException)
            {
                bad++;
            }
        }

        return (good, bad);
    }
}
