using System.Net;
using System.Runtime.CompilerServices;
using Gossip.AspNetCore.Health;
using Gossip.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Gossip.AspNetCore.Tests;

/// <summary>What is added hangs on the name of the call, and not on the type by which a builder is known where it is called.</summary>
public sealed class AddGossipTests
{
    private readonly string _cluster = $"test-{Guid.NewGuid()}";

    [Fact]
    public async Task Defaults_that_services_share_add_the_server_the_counting_and_the_health_checks()
    {
        using var patience = new CancellationTokenSource(Eventually.Deadline);
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        AddServiceDefaults(builder, _cluster).Services.AddHealthChecks().AddCheck("stock", () => HealthCheckResult.Degraded("low"));
        await using var app = builder.Build();
        app.MapGet("/", (OpenRequests requests) => requests.Count);
        await app.StartAsync(patience.Token);
        var discovery = app.Services.GetRequiredService<IServiceDiscovery>();

        var instance = Assert.Single(await discovery.WaitForAsync("payments", 1, patience.Token));
        using var http = new HttpClient();
        Assert.Equal("1", await http.GetStringAsync(instance.Uri, patience.Token));
        await foreach (var snapshot in discovery.WatchAsync(patience.Token))
        {
            if (snapshot.GetInstances("payments") is [{ State: ServiceState.Degraded }])
                break;
        }
    }

    [Fact]
    public async Task The_same_defaults_do_for_a_worker_that_has_no_server_and_registers_nothing()
    {
        using var patience = new CancellationTokenSource(Eventually.Deadline);
        // Its name is none that a service may have: it has none.
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = new string('x', 200) });
        builder.Logging.ClearProviders();
        AddServiceDefaults(builder, _cluster, service: null).Services.AddHealthChecks().AddCheck("stock", () => HealthCheckResult.Healthy());
        using var host = builder.Build();
        await host.StartAsync(patience.Token);

        Assert.Empty(host.Services.GetRequiredService<IServiceDiscovery>().Current.Services);
        Assert.Null(host.Services.GetRequiredService<IServiceRegistrar>().Own);
        await host.StopAsync(patience.Token);
    }

    [Fact]
    public void Called_again_it_configures_the_same_node_further()
    {
        var builder = WebApplication.CreateBuilder();
        AddServiceDefaults(builder, _cluster);
        builder.AddGossipNode(options => options.Zone = "eu-1");
        builder.AddGossip(options => options.NodeName = "two");
        using var app = (IDisposable)builder.Build();

        var options = ((WebApplication)app).Services.GetRequiredService<IOptions<GossipOptions>>().Value;
        Assert.Equal((_cluster, "eu-1", "two"), (options.Cluster, options.Zone, options.NodeName));
        var hosted = ((WebApplication)app).Services.GetServices<IHostedService>().ToArray();
        Assert.Single(hosted.OfType<GossipLifecycle>());
        Assert.Single(hosted.OfType<HealthWatch>());
        Assert.Single(builder.Services, service => service.ImplementationType == typeof(RequestCounting));
    }

    [Fact]
    public async Task Selectors_and_sources_are_given_services()
    {
        using var patience = new CancellationTokenSource(Eventually.Deadline);
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["Services:payments:http:0"] = "http://10.0.0.1:1";
        builder.Configuration["Services:payments:http:1"] = "http://10.0.0.2:2";
        builder.Services.AddSingleton(new Wish(2));
        AddServiceDefaults(builder, _cluster, service: null).AddSelector<Wished>("wished").AddSeedSource<Asked>();
        builder.AddGossipNode(options => options.Balancing.Policy = "wished");
        using var host = builder.Build();
        await host.StartAsync(patience.Token);

        Assert.Equal(2, host.Services.GetRequiredService<IServiceDiscovery>().Pick("payments")!.Uri!.Port);
        await host.Services.GetRequiredService<Wish>().Asked.Task.WaitAsync(patience.Token);
        await host.StopAsync(patience.Token);
        Assert.Throws<ArgumentException>(() => builder.AddGossip().AddSelector<Wished>(" "));
    }

    /// <summary>The shape of a solution's shared defaults, as Aspire's templates have it.</summary>
    private static GossipBuilder AddServiceDefaults<TBuilder>(TBuilder builder, string cluster, string? service = "payments")
        where TBuilder : IHostApplicationBuilder => builder.AddGossip(options =>
        {
            options.Cluster = cluster;
            options.Port = 0;
            options.MachineDirectory = "none";
            options.UseMdns = false;
            options.Service.Name = service;
        });

    internal sealed record Wish(int Port)
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    internal sealed class Wished(Wish wish) : IInstanceSelector
    {
        public ServiceInstance? Select(IReadOnlyList<ServiceInstance> candidates, CallContext call) => candidates.Single(one => one.Uri!.Port == wish.Port);
    }

    internal sealed class Asked(Wish wish) : ISeedSource
    {
        public string Name => "wish";

        public async IAsyncEnumerable<IPEndPoint> FindAsync([EnumeratorCancellation] CancellationToken cancellation)
        {
            wish.Asked.TrySetResult();
            await Task.CompletedTask;
            yield break;
        }
    }
}
