using Gossip.Diagnostics;
using Gossip.Hosting;
using Gossip.Loop;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Tests;

/// <summary>One process of a cluster: a real host with a real node on real sockets, all in this process.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly IHost _host;

    private TestHost(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public IServiceDiscovery Discovery => Services.GetRequiredService<IServiceDiscovery>();

    public IServiceRegistrar Registrar => Services.GetRequiredService<IServiceRegistrar>();

    public GossipNode Node => Services.GetRequiredService<GossipLifecycle>().Running;

    public NodeIdentity Identity => Node.Identity;

    public TestLog Log => Services.GetRequiredService<TestLog>();

    public static TestHost Build(
        Action<GossipOptions>? configure = null,
        IEnumerable<KeyValuePair<string, string?>>? configuration = null,
        Action<IServiceCollection>? services = null,
        string application = "app")
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ApplicationName = application });
        builder.Configuration.AddInMemoryCollection(configuration);
        var log = new TestLog();
        builder.Services.AddSingleton(log);
        builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        builder.AddGossipNode(options =>
        {
            options.MachineDirectory = "none";
            configure?.Invoke(options);
        });
        services?.Invoke(builder.Services);
        return new TestHost(builder.Build());
    }

    public static async Task<TestHost> StartAsync(Action<GossipOptions>? configure = null, Action<IServiceCollection>? services = null, string application = "app")
    {
        var host = Build(configure, null, services, application);
        await host.StartAsync();
        return host;
    }

    public Task StartAsync() => StartAsync(Eventually.Patience());

    public Task StartAsync(CancellationToken cancellation) => _host.StartAsync(cancellation);

    public Task StopAsync() => _host.StopAsync(Eventually.Patience());

    /// <summary>Closes the sockets without a word.</summary>
    public ValueTask CrashAsync() => Node.DisposeAsync();

    public ValueTask<NodeReport> ReportAsync() => Node.ReportAsync(Eventually.Patience());

    /// <summary>Waits until this node sees a cluster of which something holds.</summary>
    public async Task<ServiceSnapshot> SeesAsync(Func<ServiceSnapshot, bool> condition, string what)
    {
        var last = Discovery.Current;
        try
        {
            await foreach (var snapshot in Discovery.WatchAsync(Eventually.Patience()))
            {
                last = snapshot;
                if (condition(snapshot))
                    return snapshot;
            }
        }
        catch (OperationCanceledException)
        {
            // Told below, with what was seen last.
        }

        Assert.Fail($"{Identity.Name} does not see {what}, but: {string.Join("; ", last.Members)}; services {string.Join(", ", last.Services)}");
        return last;
    }

    public Task<ServiceSnapshot> SeesLiveAsync(params string[] names) => SeesAsync(
        snapshot => snapshot.Members.Where(IsLive).Select(member => member.Name).Order().SequenceEqual(names.Order()), $"alive: {string.Join(", ", names)}");

    public Task<ServiceSnapshot> SeesStateAsync(string name, MemberState state) => SeesAsync(
        snapshot => snapshot.Members.Any(member => member.Name == name && member.State == state), $"{name} as {state}");

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        else
            _host.Dispose();
    }

    private static bool IsLive(MemberSnapshot member) => member.State <= MemberState.Suspect;
}
