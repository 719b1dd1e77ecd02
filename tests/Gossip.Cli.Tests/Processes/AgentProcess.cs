using System.Net.Sockets;

namespace Gossip.Cli.Tests.Processes;

/// <summary>A real agent in a process of its own, which finds the test's cluster by a seed and nothing else of this machine.</summary>
internal sealed class AgentProcess : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Gossip.Cli.dll");

    private readonly ChildProcess _process;

    private AgentProcess(ChildProcess process, TestFolder folder)
    {
        _process = process;
        Socket = folder["agent.sock"];
        Api = ApiAt(Socket);
    }

    public int Id => _process.Id;

    public string Socket { get; }

    public HttpClient Api { get; }

    /// <summary>Starts an agent for the folder, in the cluster of a host, and waits until its API listens.</summary>
    public static async Task<AgentProcess> StartAsync(TestFolder folder, TestHost? seed, params string[] more)
    {
        var process = Begin(folder, seed, [], more);
        await process.LineAsync(line => line.Contains("The agent's API listens", StringComparison.Ordinal));
        return new AgentProcess(process, folder);
    }

    /// <summary>Starts one, through a shell, with other variables in its environment.</summary>
    public static ChildProcess Begin(TestFolder folder, TestHost? seed, IEnumerable<KeyValuePair<string, string>> variables, params string[] more) =>
        BeginUnder(null, folder, seed, variables, more);

    /// <summary>Starts one under a shell that stays as its parent; null for one that hands its process on.</summary>
    public static ChildProcess BeginUnder(
        string? shell, TestFolder folder, TestHost? seed, IEnumerable<KeyValuePair<string, string>> variables, params string[] more)
    {
        var environment = new Dictionary<string, string>(variables)
        {
            ["TMPDIR"] = folder.Path, ["XDG_RUNTIME_DIR"] = "", ["DOTNET_TieredPGO"] = "0",
        };
        string[] arguments =
        [
            Program, "agent", "--services", folder["services.d"], "--state", folder["state"], "--socket", folder["agent.sock"],
            "--set", "Gossip:Port=0", "--set", $"Gossip:Cluster={seed?.Identity.Cluster ?? folder.Path}", "--set", "Agent:ReconcileInterval=1s",
            .. seed is null ? Array.Empty<string>() : ["--set", $"Gossip:Seeds={seed.Identity.Advertised}"], .. more,
        ];
        return ChildProcess.Start(environment, shell ?? "/bin/sh", ["-c", $"{(shell is null ? "exec" : "")} \"$@\" 2>&1", "sh", ChildProcess.Peer[0], .. arguments]);
    }

    /// <summary>Runs another command of the tool.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (await Gossip.Cli.Commands.CommandTable.RunAsync(arguments, output, error), output.ToString(), error.ToString());
    }

    /// <summary>The first line of its log that is the one.</summary>
    public Task<string> LineAsync(Func<string, bool> isIt) => _process.LineAsync(isIt);

    /// <summary>Talks to the agent at a socket.</summary>
    public static HttpClient ApiAt(string socket) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var opened = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await opened.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
            return new NetworkStream(opened, ownsSocket: true);
        },
        PooledConnectionLifetime = TimeSpan.Zero,
    })
    {
        BaseAddress = new Uri("http://agent"),
    };

    public Task TerminateAsync() => _process.TerminateAsync();

    public Task KillAsync() => _process.SignalAsync("KILL");

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await _process.DisposeAsync();
    }
}
