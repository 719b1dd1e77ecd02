using Gossip;
using Microsoft.Extensions.Options;

namespace Quickstart;

/// <summary>
/// The node of this process, which registers no service and only looks on. All that is shown is what it sees.
/// <para>
/// It takes the well-known port, where the services find it by themselves. When another process has that port, the services would find that
/// one instead, and maybe another cluster: then this run is a cluster of its own, and its services are told where the observer is.
/// </para>
/// </summary>
internal sealed class Observer : IAsyncDisposable
{
    private readonly IHost _host;

    private Observer(IHost host, string? ownCluster)
    {
        _host = host;
        Services = host.Services.GetRequiredService<IServiceDiscovery>();
        Address = Services.Current.Members.Single(member => member.IsSelf).Address.ToString();
        Stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        if (ownCluster is not null)
            Settings = new() { ["Gossip__Cluster"] = ownCluster, ["Gossip__Port"] = "0", ["Gossip__Seeds__0"] = Address };
    }

    public IServiceDiscovery Services { get; }

    public string Address { get; }

    /// <summary>Ctrl+C, or SIGTERM.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>What the services are told by their environment: usually nothing.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    public static async Task<Observer> StartAsync()
    {
        try
        {
            return await StartAsync(GossipOptions.DefaultPort, null);
        }
        catch (OptionsValidationException)
        {
            // A port that is asked for and taken is an error, which tells in one step and for certain who has the well-known one.
            return await StartAsync(0, $"quickstart-{Environment.ProcessId}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private static async Task<Observer> StartAsync(int port, string? ownCluster)
    {
        // No configuration is read: what the shell or a folder sets for other Gossip processes is not for this one.
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddGossipNode(options =>
        {
            options.NodeName = "observer";
            options.Port = port;
            options.Cluster = ownCluster ?? options.Cluster;
        });
        var host = builder.Build();
        await host.StartAsync();
        return new Observer(host, ownCluster);
    }
}
