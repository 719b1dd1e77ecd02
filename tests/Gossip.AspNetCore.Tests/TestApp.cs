using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.AspNetCore.Tests;

/// <summary>One process of a cluster: a real Kestrel and a real node on loopback, in this process.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private TestApp(WebApplication app) => App = app;

    public WebApplication App { get; }

    public IServiceDiscovery Discovery => App.Services.GetRequiredService<IServiceDiscovery>();

    public IServiceRegistration Own => App.Services.GetRequiredService<IServiceRegistrar>().Own!;

    public string Node => Discovery.Current.Members.Single(member => member.IsSelf).Address.ToString();

    [SuppressMessage("Reliability", "CA2000", Justification = "The test disposes it.")]
    public static async Task<TestApp> StartAsync(
        string service, TestApp? seed = null, Action<GossipOptions>? configure = null, Action<WebApplicationBuilder>? build = null, Action<WebApplication>? map = null,
        string? cluster = null, string environment = "Development", params string[] arguments)
    {
        var builder = WebApplication.CreateBuilder([$"--environment={environment}", .. arguments]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        build?.Invoke(builder);
        builder.AddGossip(options =>
        {
            options.Port = 0;
            options.MachineDirectory = "none";
            options.Cluster = cluster ?? $"test-{Guid.NewGuid():N}";
            options.Service.Name = service;
            if (seed is not null)
            {
                options.Cluster = seed.App.Services.GetRequiredService<Gossip.Hosting.GossipLifecycle>().Options.Cluster;
                options.Seeds.Add(seed.Node);
            }

            configure?.Invoke(options);
        });
        var app = builder.Build();
        map?.Invoke(app);
        await app.StartAsync(Eventually.Patience());
        return new TestApp(app);
    }

    /// <summary>Waits until this node sees an instance of which something holds.</summary>
    public Task SeesAsync(string service, Func<ServiceInstance, bool> condition) =>
        SeesAsync(snapshot => snapshot.GetAllInstances(service).Any(condition), $"{service} as wanted");

    public async Task SeesAsync(Func<ServiceSnapshot, bool> condition, string what)
    {
        var last = Discovery.Current;
        try
        {
            await foreach (var snapshot in Discovery.WatchAsync(Eventually.Patience()))
            {
                last = snapshot;
                if (condition(snapshot))
                    return;
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }

        Assert.Fail($"Not seen: {what}. There is {string.Join(", ", last.Services.SelectMany(last.GetAllInstances).Select(one => $"{one} ({one.Reason})"))}; {string.Join("; ", last.Members)}");
    }

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
