using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Tests.Protocols.CloudMap;

/// <summary>An agent with the façade, as a part of this process.</summary>
internal sealed class CloudMapAgent : CloudMapClient
{
    private readonly IHost _host;
    private readonly TestLog _log;

    private CloudMapAgent(IHost host, TestLog log, int port)
        : base(new Uri($"http://127.0.0.1:{port}"), null) => (_host, _log) = (host, log);

    public IServiceDiscovery Discovery => _host.Services.GetRequiredService<IServiceDiscovery>();

    public static async Task<CloudMapAgent> StartAsync(
        TestFolder folder, TestHost? seed = null, IEnumerable<KeyValuePair<string, string?>>? more = null, string state = "state")
    {
        var port = TestPorts.Free();
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ApplicationName = "image" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Agent:ServicesFolder"] = folder["services.d"],
            ["Agent:StateFolder"] = folder[state],
            ["Agent:Socket"] = "none",
            ["Agent:CloudMap:Url"] = $"http://127.0.0.1:{port}",
            ["Agent:CloudMap:Namespace"] = "test",
            ["Gossip:Cluster"] = seed?.Identity.Cluster ?? folder.Path,
            ["Gossip:Port"] = "0",
        });
        if (seed is not null)
            builder.Configuration.AddInMemoryCollection([new("Gossip:Seeds:0", seed.Identity.Advertised.ToString())]);
        builder.Configuration.AddInMemoryCollection(more);
        var log = new TestLog();
        builder.Logging.AddProvider(log);
        builder.AddGossipAgent();
        builder.AddGossipNode(options => (options.MachineDirectory, options.AddressBook) = ("none", "none"));
        var agent = new CloudMapAgent(builder.Build(), log, port);
        await agent._host.StartAsync(Eventually.Patience());
        return agent;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _host.StopAsync(Eventually.Patience());
        await ((IAsyncDisposable)_host).DisposeAsync();
        _log.Dispose();
    }
}
