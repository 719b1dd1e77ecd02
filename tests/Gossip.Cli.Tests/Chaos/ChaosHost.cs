using System.Text;
using Gossip.Tests.Networks;

namespace Gossip.Cli.Tests.Chaos;

/// <summary>A host of the run's network, with its agent, which dies and comes back, and its services.</summary>
internal sealed class ChaosHost : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Gossip.Cli.dll");
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    private readonly RunClock _clock;
    private readonly double _lease;
    private readonly HttpClient _api;
    private ChildProcess? _agent;
    private double _goneFrom;
    private bool _isRetired;

    public ChaosHost(LanHost host, string folder, double lease, RunClock clock)
    {
        (Lan, Folder, _lease, _clock) = (host, Path.Combine(folder, host.Name), lease, clock);
        Directory.CreateDirectory(Path.Combine(Folder, "services.d"));
        Room = new NetworkRoom(host.Namespace);
        _api = Processes.AgentProcess.ApiAt(Socket);
    }

    public LanHost Lan { get; }

    public int Number => Lan.Number;

    public string Place => Lan.Namespace;

    public string Folder { get; }

    public string Socket => Path.Combine(Folder, "agent.sock");

    public NetworkRoom Room { get; }

    public List<ChaosService> Services { get; } = [];

    public List<Outage> Outages { get; } = [];

    public int? AgentId => _agent?.Id;

    /// <summary>Whether its agent runs.</summary>
    public bool HasAgent => _agent is not null;

    /// <summary>Whether its agent leaves its services alone when it is asked to stop.</summary>
    public bool Keeps { get; private set; }

    /// <summary>What each node of the run needs to find the others, and nothing else of this machine.</summary>
    public static IEnumerable<string> NodeSettings(int hosts, int port) =>
    [
        $"Gossip:Port={port}", "Gossip:UseMdns=false", "Gossip:AddressBook=none", "Gossip:Key=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        .. Enumerable.Range(1, hosts).Select(number => $"Gossip:Seeds:{number - 1}=10.77.0.{number}:{AgentPort}"),
    ];

    /// <summary>The port of each agent's node.</summary>
    public const int AgentPort = 7001;

    /// <summary>What keeps processes of one host from those of others, which share its files, and a dozen runtimes from each other.</summary>
    public Dictionary<string, string> Variables => new()
    {
        ["TMPDIR"] = Folder, ["XDG_RUNTIME_DIR"] = "", ["DOTNET_TieredPGO"] = "0", ["DOTNET_gcConcurrent"] = "0",
    };

    public override string ToString() => $"h{Number}";

    /// <summary>Starts the agent, and waits until its API answers.</summary>
    public async Task StartAgentAsync(int hosts, bool keeps)
    {
        string[] settings = [.. NodeSettings(hosts, AgentPort), "Agent:ReconcileInterval=1s", "Logging:Console:FormatterOptions:TimestampFormat=HH:mm:ss.fff ", $"Agent:Lease={_lease}s", $"Agent:KeepOnStop={keeps}"];
        _agent = ChildProcess.Start(
            Variables,
            "ip",
            [
                "netns", "exec", Place, "sh", "-c", "exec \"$@\" >> \"$0\" 2>&1", Path.Combine(Folder, "agent.log"),
                ChildProcess.Peer[0], Program, "agent", "--name", $"agent-h{Number}", "--services", Path.Combine(Folder, "services.d"),
                "--state", Path.Combine(Folder, "state"), "--socket", Socket, .. settings.SelectMany(setting => new[] { "--set", setting }),
            ]);
        Keeps = keeps;
        using var timer = new PeriodicTimer(Glance);
        var patience = Eventually.Patience();
        while (!await AnswersAsync())
        {
            Assert.False(patience.IsCancellationRequested, $"The agent of h{Number} does not start:\n{await LogAsync()}");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        if (_goneFrom > 0)
            Outages.Add(new Outage(Number, new(_goneFrom, _clock.Now), _isRetired));
        foreach (var service in Services.Where(service => !service.IsDefined))
            await service.TellAsync();
    }

    /// <summary>Kills the agent.</summary>
    public Task KillAgentAsync() => EndAgentAsync("KILL", isRetired: false);

    /// <summary>Asks the agent to stop, and waits until it has.</summary>
    public Task StopAgentAsync() => EndAgentAsync("TERM", isRetired: !Keeps);

    /// <summary>Outages so far, with one that lasts.</summary>
    public IEnumerable<Outage> OutagesUntil(double end) =>
        HasAgent ? Outages : [.. Outages, new Outage(Number, new(_goneFrom, end), _isRetired)];

    /// <summary>Sends a request to the agent.</summary>
    /// <returns>Whether it was done; false where there is no agent.</returns>
    public async Task<bool> SendAsync(HttpMethod method, string path, string? body)
    {
        if (!HasAgent)
            return false;
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _api.SendAsync(request);
        Assert.True(
            answer.IsSuccessStatusCode || answer.StatusCode == System.Net.HttpStatusCode.NotFound,
            $"{method} {path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return answer.IsSuccessStatusCode;
    }

    public async Task<string> LogAsync()
    {
        var path = Path.Combine(Folder, "agent.log");
        return File.Exists(path) ? string.Join('\n', (await File.ReadAllLinesAsync(path)).TakeLast(40)) : "";
    }

    /// <summary>What the agent says of its services; for people.</summary>
    public async Task<string> DescribeAsync() => HasAgent ? await _api.GetStringAsync("/v1/services") : "no agent";

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Services)
            await service.DisposeAsync();
        if (_agent is not null)
            await _agent.DisposeAsync();
        _api.Dispose();
        Room.Dispose();
    }

    private async Task EndAgentAsync(string signal, bool isRetired)
    {
        var agent = _agent!;
        (_goneFrom, _isRetired, _agent) = (_clock.Now, isRetired, null);
        await agent.SignalAsync(signal);
        await agent.DisposeAsync();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var answer = await _api.GetAsync("/v1/agent");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
