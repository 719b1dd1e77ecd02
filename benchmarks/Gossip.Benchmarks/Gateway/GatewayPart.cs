using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;

namespace Gossip.Benchmarks.Gateway;

/// <summary>What each process of a run is: a service behind the gateway, or one of the two gateways. It prints its address, and ends with its input.</summary>
internal static class GatewayPart
{
    /// <summary>The first argument of such a process; the second is its role, the third the name of the cluster, and those of the services follow.</summary>
    public const string Verb = "gateway-part";

    /// <summary>The roles: a service, the gateway whose destinations are written, the one that follows the registry.</summary>
    public const string Service = "service", Written = "written", Following = "following";

    private const string Name = "payments";

    public static async Task<int> RunAsync(string[] settings)
    {
        var (role, cluster, services) = (settings[0], settings[1], settings[2..]);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (role != Written)
        {
            builder.AddGossip(options =>
            {
                (options.Cluster, options.Port, options.BindAddress, options.AddressBook) = (cluster, 0, "127.0.0.1", "none");
                options.Service.Name = role == Service ? Name : "gateway";
            });
        }

        if (role != Service)
            AddProxy(builder, role, services);
        await using var app = builder.Build();
        if (role == Service)
            app.MapGet("/", () => "paid");
        else
            app.MapReverseProxy();
        await app.StartAsync();
        if (role == Following)
            await HasAllAsync(app.Services.GetRequiredService<IProxyStateLookup>(), services.Length);
        Console.WriteLine(app.Urls.First());
        // Reading the console blocks a thread, which is none of the pool's then.
        await Task.Factory.StartNew(Console.In.ReadToEnd, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return 0;
    }

    private static void AddProxy(WebApplicationBuilder builder, string role, string[] services)
    {
        var proxy = builder.Services.AddReverseProxy();
        RouteConfig[] routes = [new RouteConfig { RouteId = "all", ClusterId = Name, Match = new RouteMatch { Path = "/{**rest}" } }];
        var destinations = services.Select((address, place) => (Id: $"{place}", Config: new DestinationConfig { Address = address }));
        if (role == Following)
            proxy.LoadFromMemory(routes, []).LoadFromGossip();
        else
            proxy.LoadFromMemory(routes, [new ClusterConfig { ClusterId = Name, Destinations = destinations.ToDictionary(found => found.Id, found => found.Config) }]);
    }

    private static async Task HasAllAsync(IProxyStateLookup state, int services)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!state.TryGetCluster(Name, out var cluster) || cluster.DestinationsState.AvailableDestinations.Count < services)
            await tick.WaitForNextTickAsync();
    }
}
