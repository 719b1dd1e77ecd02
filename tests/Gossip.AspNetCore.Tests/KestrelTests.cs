using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.AspNetCore.Tests;

/// <summary>Real Kestrels, real sockets, one process.</summary>
public sealed class KestrelTests
{
    private static readonly TimeSpan Patience = Eventually.Deadline;
    private readonly string _cluster = $"test-{Guid.NewGuid()}";

    [Fact]
    public async Task A_service_on_port_0_is_found_by_name_at_its_real_port_and_answers_there()
    {
        using var patience = new CancellationTokenSource(Patience);
        await using var payments = await StartAsync("payments", null);
        await using var orders = await StartAsync("orders", payments);

        var found = await orders.Services.GetRequiredService<IServiceDiscovery>().WaitForAsync("PAYMENTS", 1, patience.Token);

        using var http = new HttpClient();
        var uri = Assert.Single(found).Uri!;
        Assert.True(uri.Port > 0);
        Assert.Equal("I am payments", await http.GetStringAsync(new Uri(uri, "/who"), patience.Token));
    }

    [Fact]
    public async Task A_node_that_was_added_through_the_host_builders_interface_registers_the_server_too()
    {
        using var patience = new CancellationTokenSource(Patience);
        await using var app = await StartAsync("payments", null, builder => ((IHostApplicationBuilder)builder).AddGossip);

        var found = await app.Services.GetRequiredService<IServiceDiscovery>().WaitForAsync("payments", 1, patience.Token);

        Assert.True(Assert.Single(found).Uri!.Port > 0);
    }

    [Fact]
    public async Task A_service_that_stops_has_left_before_its_server_stops()
    {
        using var patience = new CancellationTokenSource(Patience);
        var payments = await StartAsync("payments", null);
        await using var orders = await StartAsync("orders", payments);
        var discovery = orders.Services.GetRequiredService<IServiceDiscovery>();
        var address = (await discovery.WaitForAsync("payments", 1, patience.Token))[0].Uri!;
        var order = new ConcurrentQueue<string>();
        using var http = new HttpClient();
        payments.Services.GetRequiredService<Sentinel>().OnStop = async () =>
        {
            // "Stopping" runs from the last service added to the first, so after the node's goodbye; the server must still answer.
            await foreach (var snapshot in discovery.WatchAsync(patience.Token))
            {
                if (snapshot.Members.Any(member => member.State == MemberState.Left))
                    break;
            }

            order.Enqueue("left");
            order.Enqueue(await http.GetStringAsync(new Uri(address, "/who"), patience.Token));
        };

        await payments.StopAsync(patience.Token);
        await payments.DisposeAsync();

        Assert.Equal(["left", "I am payments"], order);
        Assert.Empty(discovery.GetInstances("payments"));
        Assert.DoesNotContain(discovery.Current.Members, member => member.State is MemberState.Suspect or MemberState.Dead);
    }

    private async Task<WebApplication> StartAsync(
        string service, WebApplication? seed, Func<WebApplicationBuilder, Func<Action<GossipOptions>, GossipBuilder>>? by = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton<Sentinel>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<Sentinel>());
        var add = by?.Invoke(builder) ?? (configure => builder.AddGossip(configure));
        add(options =>
        {
            options.Cluster = _cluster;
            options.Port = 0;
            options.MachineDirectory = "none";
            options.Service.Name = service;
            if (seed is not null)
                options.Seeds.Add(seed.Services.GetRequiredService<IServiceDiscovery>().Current.Members.Single(member => member.IsSelf).Address.ToString());
        });
        var app = builder.Build();
        app.MapGossip();
        app.MapGet("/who", () => $"I am {service}");
        await app.StartAsync();
        return app;
    }

    /// <summary>A hosted service of the application's own, which looks around when it is stopped.</summary>
    private sealed class Sentinel : IHostedLifecycleService
    {
        public Func<Task>? OnStop { get; set; }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => OnStop?.Invoke() ?? Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
