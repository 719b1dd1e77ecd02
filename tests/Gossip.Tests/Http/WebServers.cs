namespace Gossip.Tests.Http;

/// <summary>Processes of Gossip.Tests.Server, all of one service.</summary>
internal sealed class WebServers : IAsyncDisposable
{
    public const string Service = "echo";

    public static readonly string Program =
        Path.Combine(AppContext.BaseDirectory.Replace("Gossip.Tests", "Gossip.Tests.Server", StringComparison.Ordinal), "Gossip.Tests.Server.dll");

    private readonly TestHost _caller;
    private readonly ChildProcess[] _processes;
    private readonly Func<int, string[]> _settings;
    private int _started;

    /// <param name="caller">Who calls them, in their cluster.</param>
    /// <param name="count">How many.</param>
    /// <param name="settings">Settings that they have besides, by their number.</param>
    public WebServers(TestHost caller, int count, Func<int, string[]>? settings = null)
    {
        (_caller, _settings) = (caller, settings ?? (_ => []));
        _processes = [.. Enumerable.Range(0, count).Select(_ => Start())];
    }

    public ChildProcess this[int number] => _processes[number];

    /// <summary>Where the caller finds them.</summary>
    public IEnumerable<int> Ports => _caller.Discovery.GetInstances(Service).Select(instance => instance.Endpoints[0].Port);

    public int PortOf(int number) => _caller.Discovery.GetInstances(Service).Single(instance => instance.NodeName == $"server-{number}").Endpoints[0].Port;

    public async Task RestartAsync(int number)
    {
        await _processes[number].DisposeAsync();
        _processes[number] = Start();
    }

    public Task AreThereAsync(int count) =>
        Eventually.HoldsAsync(() => _caller.Discovery.GetInstances(Service).Count == count, $"{count} instances are seen");

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
    }

    private ChildProcess Start() => ChildProcess.Start(
        ChildProcess.Peer[0],
        [Program,
        "--urls=http://127.0.0.1:0",
        $"--Gossip:NodeName=server-{_started}",
        "--Gossip:Port=0",
        $"--Gossip:Cluster={_caller.Identity.Cluster}",
        $"--Gossip:Seeds:0={_caller.Identity.Local}",
        $"--Gossip:Service:Name={Service}",
        .. _settings(_started++)]);
}
