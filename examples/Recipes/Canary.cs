using Gossip;

namespace Recipes;

/// <summary>A new version gets a share of the traffic by its weight, and testers get it by asking for the version.</summary>
internal static class Canary
{
    public static async Task RunAsync()
    {
        await using var stable = await Shop.StartAsync("search-1.4", options => Describe(options, "1.4.2", weight: 95));
        await using var canary = await Shop.StartAsync("search-2.0", options => Describe(options, "2.0.0-rc.1", weight: 5));
        await using var caller = await Shop.StartCallerAsync();
        var services = caller.Services.GetRequiredService<IServiceDiscovery>();

        var everybody = services.Open(new ServiceQuery("search"), InstanceSelectors.RoundRobin());
        await everybody.WaitForAsync(atLeast: 2, TimeSpan.FromSeconds(10));
        var picks = Enumerable.Range(0, 1_000).Select(_ => everybody.Pick().Version ?? "none").CountBy(version => version).OrderBy(pair => pair.Key);
        Console.WriteLine($"everybody: {string.Join(", ", picks.Select(pair => $"{pair.Key} × {pair.Value}"))}");

        var testers = services.Open(new ServiceQuery("search") { Version = VersionRange.Parse(">=2.0.0-rc.1") });
        Console.WriteLine($"testers:   {testers.Pick().Version}");

        // Rolled back: testers fall back to what everybody gets, since they only prefer the new version.
        var wishful = services.Open(new ServiceQuery("search") { Prefer = instance => VersionRange.Parse(">=2.0.0-rc.1").Contains(instance.Version) });
        await canary.StopAsync();
        Console.WriteLine($"after the canary has gone: {wishful.Pick().Version}");
    }

    private static void Describe(GossipOptions options, string version, int weight)
    {
        options.Service.Name = "search";
        options.Service.Version = version;
        options.Service.Weight = weight;
        options.Balancing.SlowStart = TimeSpan.Zero;
    }
}
