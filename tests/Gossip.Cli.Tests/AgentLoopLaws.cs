using System.Net;
using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Sources;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Cli.Tests;

/// <summary>
/// The agent as a whole, over a real folder of definitions and a folder that looks like <c>/proc</c>: processes are born and die, files come,
/// change, break and go, callers register and deregister, the agent itself starts anew, and the node refuses now and then.
/// </summary>
public sealed class AgentLoopLaws : IDisposable
{
    private const int Services = 8;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Law(usual: 5, nightly: 100)]
    internal async Task Whatever_happens_what_is_registered_becomes_what_is_wanted_and_runs(Seed seed)
    {
        var random = new Random((int)seed.Value);
        var root = $"run-{Guid.NewGuid():N}";
        Directory.CreateDirectory(_folder[$"{root}/services.d"]);
        Directory.CreateDirectory(_folder[$"{root}/proc"]);
        var registrar = new FakeRegistrar { Fails = () => Random.Shared.Next(10) == 0 };
        // By the slot of each service: the process that runs for it, and what was defined by a file and told to the API.
        var alive = new int?[Services];
        var (files, told) = (new bool[Services], new int?[Services]);
        var nextPid = 100;
        var agent = Start(root, registrar);
        for (var step = 0; step < 60; step++)
        {
            var slot = random.Next(Services);
            switch (random.Next(8))
            {
                case 0 or 1:
                    End(root, alive[slot]);
                    alive[slot] = Begin(root, slot, nextPid++);
                    break;
                case 2:
                    End(root, alive[slot]);
                    alive[slot] = null;
                    break;
                case 3:
                    Define(root, slot, random.Next(100));
                    files[slot] = true;
                    break;
                case 4 when files[slot]:
                    File.Delete(_folder[$"{root}/services.d/file{slot}.json"]);
                    files[slot] = false;
                    break;
                case 5 when alive[slot] is { } pid:
                    await TellAsync(root, agent, slot, pid);
                    told[slot] = pid;
                    break;
                case 6:
                    await agent.Loop.AskAsync(api => api.Remove($"told{slot}"), Eventually.Patience());
                    told[slot] = null;
                    break;
                case 7 when random.Next(4) == 0:
                    // Killed: nothing is taken back by the agent, its records go with its node.
                    await agent.DisposeAsync();
                    foreach (var id in registrar.Records.Keys)
                        registrar.Steal(id);
                    agent = Start(root, registrar);
                    break;
                default:
                    agent.Loop.Signal();
                    break;
            }
        }

        registrar.Fails = () => false;
        var expected = Enumerable.Range(0, Services).Where(slot => files[slot] && alive[slot] is not null).Select(slot => $"file{slot}")
            .Concat(Enumerable.Range(0, Services).Where(slot => told[slot] is { } pid && alive[slot] == pid).Select(slot => $"told{slot}")).ToList();
        await Eventually.HoldsAsync(
            () => registrar.Records.Values.Where(record => record.State == ServiceState.Ready).Select(record => record.InstanceId).Order().SequenceEqual(expected)
                && registrar.Records.Count == expected.Count,
            $"{string.Join(", ", expected)}; seed {seed.Value}");
        await agent.DisposeAsync();
    }

    private RunningAgent Start(string root, FakeRegistrar registrar)
    {
        var api = new ApiSource(new StateFile(_folder[$"{root}/services.json"], NullLogger.Instance), NullLogger.Instance);
        api.Load();
        var folder = new FolderSource(_folder[$"{root}/services.d"], TimeProvider.System, NullLogger.Instance);
        var checks = new CheckSource(TimeProvider.System, new ProcessTable(_folder[$"{root}/proc"]), "systemctl");
        var options = new AgentOptions { ReconcileInterval = TimeSpan.FromMilliseconds(100) };
        var loop = new AgentLoop(options, [folder, api], api, checks, registrar, () => IPAddress.Loopback, TimeProvider.System, NullLogger.Instance);
        loop.Start();
        return new RunningAgent(loop, folder, checks);
    }

    private int Begin(string root, int slot, int pid)
    {
        _folder.Write($"{root}/proc/{pid}/stat", $"{pid} (service) S {string.Join(' ', Enumerable.Range(1, 18))} {pid * 10} 0\n");
        var file = _folder.Write($"{root}/{slot}.draft", $"{pid}");
        File.Move(file, _folder[$"{root}/{slot}.pid"], overwrite: true);
        return pid;
    }

    private void End(string root, int? pid)
    {
        if (pid is not null)
            Directory.Delete(_folder[$"{root}/proc/{pid}"], recursive: true);
    }

    private void Define(string root, int slot, int weight) => _folder.Write($"{root}/services.d/file{slot}.json", $$"""
        { "name": "file{{slot}}", "weight": {{weight}}, "drainWait": "50ms", "pidFile": "{{_folder[$"{root}/{slot}.pid"]}}", "checks": [ { "type": "process", "interval": "100ms" } ] }
        """);

    private async Task TellAsync(string root, RunningAgent agent, int slot, int pid)
    {
        var body = System.Text.Encoding.UTF8.GetBytes(
            $$"""{ "name": "told{{slot}}", "pid": {{pid}}, "drainWait": "50ms", "checks": [ { "type": "process", "interval": "100ms" } ] }""");
        var problems = new List<string>();
        var read = ApiSource.Read(body, $"told{slot}", problems);
        Assert.Empty(problems);
        var process = new ProcessTable(_folder[$"{root}/proc"]).Find(pid);
        await agent.Loop.AskAsync(api => api.Put(read! with { Process = process }), Eventually.Patience());
    }

    private sealed record RunningAgent(AgentLoop Loop, FolderSource Folder, CheckSource Checks) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Loop.DisposeAsync();
            Folder.Dispose();
            Checks.Dispose();
        }
    }
}
