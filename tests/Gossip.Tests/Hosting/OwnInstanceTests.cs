using Gossip.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Tests.Hosting;

/// <summary>The instance that the process is: application code and the configuration change it while it runs.</summary>
public sealed class OwnInstanceTests
{
    [Fact]
    public async Task Application_code_has_the_handle_of_the_own_instance_once_the_server_listens()
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("watcher");
        Assert.Null(watcher.Registrar.Own);
        var host = await cluster.StartOneAsync("a", options => options.Service.Endpoints = ["http://*:1"]);

        await host.Registrar.Own!.UpdateAsync(record => record with { State = ServiceState.Degraded, Reason = "the cache is cold" });
        await watcher.SeesAsync(snapshot => snapshot.GetInstances("app") is [{ State: ServiceState.Degraded, Reason: "the cache is cold" }], "app as degraded");
        await host.Registrar.Own.DrainAsync("a new version comes");
        await watcher.SeesAsync(snapshot => snapshot.GetAllInstances("app") is [{ State: ServiceState.Draining, Reason: "a new version comes" }], "app as draining");
    }

    [Fact]
    public async Task A_change_that_changes_nothing_is_told_to_nobody()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync("a", options => options.Service.Endpoints = ["http://*:1"]);
        var before = host.Discovery.Current.GetInstances("app")[0].Revision;
        await host.Registrar.Own!.UpdateAsync(record => record);
        Assert.Equal(before, host.Discovery.Current.GetInstances("app")[0].Revision);
    }

    [Fact]
    public async Task An_instance_that_waits_for_something_begins_as_starting()
    {
        await using var cluster = new TestCluster();
        var host = await cluster.StartOneAsync(
            "a", options => options.Service.Endpoints = ["http://*:1"], services => services.AddSingleton(new FirstState(() => "the cache is cold")));
        Assert.Empty(host.Discovery.GetInstances("app"));
        Assert.Equal((ServiceState.Starting, "the cache is cold"), (host.Registrar.Own!.Record.State, host.Registrar.Own.Record.Reason));
    }

    [Fact]
    public async Task What_is_changed_in_the_configuration_is_told_while_the_process_runs_and_a_mistake_changes_nothing()
    {
        await using var cluster = new TestCluster();
        var watcher = await cluster.StartOneAsync("watcher");
        await using var host = TestHost.Build(options => cluster.Configure(options, "a"), new Dictionary<string, string?>
        {
            ["Gossip:Service:Endpoints"] = "http://*:1", ["Gossip:Service:Weight"] = "100", ["Gossip:Service:Tags"] = "blue", ["Gossip:Service:Metadata:team"] = "x",
        });
        await host.StartAsync();
        var configuration = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();

        (configuration["Gossip:Service:Weight"], configuration["Gossip:Service:Tags"], configuration["Gossip:Service:Metadata:team"]) = ("7", "green", "y");
        configuration.Reload();
        await watcher.SeesAsync(
            snapshot => snapshot.GetInstances("app") is [{ Weight: 7 } one] && one.Tags.Contains("green") && one.Metadata["team"] == "y", "the change");

        (configuration["Gossip:Service:Weight"], configuration["Gossip:Service:Tags"]) = ("-1", "red");
        configuration.Reload();
        await Eventually.HoldsAsync(() => host.Log.Entries.Any(entry => entry.Level == LogLevel.Error), "the mistake was logged");
        Assert.Contains("Gossip:Service:Weight is -1; it must be 0 to 10000.", host.Log.Entries.Single(entry => entry.Level == LogLevel.Error).Text, StringComparison.Ordinal);
        Assert.Equal((7, "green"), (host.Registrar.Own!.Record.Weight, Assert.Single(host.Registrar.Own.Record.Tags)));

        configuration["Gossip:Service:Weight"] = "8";
        configuration.Reload();
        await watcher.SeesAsync(snapshot => snapshot.GetInstances("app") is [{ Weight: 8 } one] && one.Tags.Contains("red"), "the corrected change");
    }

    /// <summary>A file that is cut off in its middle has no keys any more, and the next file that changes makes that known.</summary>
    [Fact]
    public async Task Roles_that_vanish_from_the_configuration_stay_and_those_that_are_taken_away_on_purpose_go()
    {
        const string Roles = "Gossip:Service:AuthorizedRoles";
        await using var cluster = new TestCluster();
        await using var host = TestHost.Build(options => cluster.Configure(options, "a"), new Dictionary<string, string?>
        {
            ["Gossip:Service:Endpoints"] = "http://*:1", ["Gossip:Service:Weight"] = "100", [$"{Roles}:0"] = "clerk",
        });
        await host.StartAsync();
        var configuration = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();
        var files = configuration.Providers.OfType<MemoryConfigurationProvider>().Single(provider => provider.TryGet($"{Roles}:0", out _));

        Clear(files);
        configuration.Reload();
        await Eventually.HoldsAsync(() => host.Log.Warnings.Any(text => text.StartsWith($"{Roles} is gone", StringComparison.Ordinal)), "it was told");
        Assert.Equal((100, "clerk"), (host.Registrar.Own!.Record.Weight, Assert.Single(host.Registrar.Own.Record.AuthorizedRoles)));

        configuration[Roles] = "";
        configuration.Reload();
        await host.SeesAsync(snapshot => snapshot.GetInstances("app") is [{ AuthorizedRoles.Count: 0 }], "the empty list");
    }

    /// <summary>A provider cannot remove a key, so each keeps none.</summary>
    private static void Clear(ConfigurationProvider provider)
    {
        var data = (IDictionary<string, string?>)typeof(ConfigurationProvider)
            .GetProperty("Data", System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.NonPublic)!.GetValue(provider)!;
        foreach (var key in data.Keys.Where(key => key.StartsWith("Gossip:Service", StringComparison.OrdinalIgnoreCase)).ToList())
            data.Remove(key);
    }

    [Fact]
    public async Task What_is_changed_in_the_configuration_while_the_process_starts_is_told_too()
    {
        await using var cluster = new TestCluster();
        await using var host = TestHost.Build(
            options => cluster.Configure(options, "a"),
            new Dictionary<string, string?> { ["Gossip:Service:Endpoints"] = "http://*:1", ["Gossip:Service:Weight"] = "100" },
            services => services.AddHostedService<Changes>());
        await host.StartAsync();
        await host.SeesAsync(snapshot => snapshot.GetInstances("app") is [{ Weight: 7 }], "the change");
    }

    private sealed class Changes(IConfiguration configuration) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            configuration["Gossip:Service:Weight"] = "7";
            ((IConfigurationRoot)configuration).Reload();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
