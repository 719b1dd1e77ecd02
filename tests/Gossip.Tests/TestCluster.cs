using Microsoft.Extensions.DependencyInjection;

namespace Gossip.Tests;

/// <summary>Processes of one machine that share nothing but a well-known port, which no other test has.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly List<TestHost> _hosts = [];
    private readonly string _name = $"test-{Guid.NewGuid():N}";

    public int WellKnownPort { get; init; } = TestPorts.Free();

    public string? Key { get; init; }

    /// <summary>The folder of the machine's nodes; none, so that a cluster is found at its ports or by the test's own means.</summary>
    public string MachineDirectory { get; init; } = "none";

    public void Configure(GossipOptions options, string name)
    {
        options.WellKnownPort = WellKnownPort;
        options.Cluster = _name;
        options.NodeName = name;
        options.Key = Key;
        options.AddressBook = "none";
        options.MachineDirectory = MachineDirectory;
        // Loopback answers in microseconds, so the rounds may be short; the window stays long enough for a busy machine.
        options.Protocol.ProbeInterval = TimeSpan.FromMilliseconds(300);
        options.Protocol.ProbeTimeout = TimeSpan.FromMilliseconds(100);
        options.Protocol.ProbeWindow = TimeSpan.FromMilliseconds(250);
    }

    public async Task<TestHost> StartOneAsync(string name, Action<GossipOptions>? configure = null, Action<IServiceCollection>? services = null)
    {
        var host = await TestHost.StartAsync(
            options =>
            {
                Configure(options, name);
                configure?.Invoke(options);
            },
            services);
        _hosts.Add(host);
        return host;
    }

    public async Task<TestHost[]> StartAsync(params string[] names)
    {
        var hosts = new TestHost[names.Length];
        for (var i = 0; i < names.Length; i++)
            hosts[i] = await StartOneAsync(names[i]);
        foreach (var host in hosts)
            await host.SeesLiveAsync(names);
        return hosts;
    }

    public static ServiceRecord Payments(string instance = "p1") => new()
    {
        InstanceId = instance,
        Service = "payments",
        Endpoints = [new ServiceEndpoint("http", "http", "127.0.0.1", 5001)],
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
    }
}
