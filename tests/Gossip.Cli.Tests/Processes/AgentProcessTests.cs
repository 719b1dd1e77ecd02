using System.Net.Sockets;
using System.Text;

namespace Gossip.Cli.Tests.Processes;

/// <summary>The commands end to end, against a real agent in a process of its own.</summary>
public sealed class AgentProcessTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_service_is_registered_changed_and_taken_back_after_its_drain()
    {
        await using var cluster = new TestCluster();
        await using var caller = await cluster.StartOneAsync("caller");
        await using var agent = await AgentProcess.StartAsync(_folder, caller);
        await using var service = ChildProcess.Start("sleep", "600");
        string[] arguments = ["register", "--name", "payments", "--port", "8080", "--pid", $"{service.Id}", "--tag", "eu", "--metadata", "team=blue", "--socket", agent.Socket];

        var (code, output, _) = await AgentProcess.RunAsync(arguments);
        Assert.Equal((0, "The agent has 'payments', and registers it when it is found well.\n"), (code, output));
        var instance = Assert.Single(await caller.Discovery.WaitForAsync("payments", cancellationToken: Eventually.Patience()));
        Assert.Equal(("http://127.0.0.1:8080/", "eu", "blue"), (instance.Uri!.ToString(), instance.Tags[0], instance.Metadata["team"]));

        await AgentProcess.RunAsync([.. arguments, "--version", "2.0", "--endpoint", "admin=http://*:8081", "--drain-wait", "1s"]);
        await caller.SeesAsync(seen => seen.GetInstances("payments") is [{ Version: "2.0", Endpoints.Count: 2 }], "version 2.0");

        var drained = caller.SeesAsync(seen => seen.GetAllInstances("payments") is [{ State: ServiceState.Draining }], "that it drains");
        Assert.Equal((0, "'payments' is taken back.\n"), await AgentProcess.RunAsync("deregister", "payments", "--socket", agent.Socket) is var end ? (end.ExitCode, end.Output) : default);
        await drained;
        await caller.SeesAsync(seen => seen.GetAllInstances("payments").Count == 0, "that it is gone");

        Assert.Equal((0, "The agent has no service 'payments'.\n"), await AgentProcess.RunAsync("deregister", "payments", "--socket", agent.Socket) is var again ? (again.ExitCode, again.Output) : default);
    }

    [Fact]
    public async Task When_it_is_asked_to_stop_the_agent_drains_its_services_and_leaves()
    {
        await using var cluster = new TestCluster();
        await using var caller = await cluster.StartOneAsync("caller");
        await using var agent = await AgentProcess.StartAsync(_folder, caller);
        _folder.Write("services.d/a.json", """{ "name": "a", "drainWait": "500ms" }""");
        await caller.Discovery.WaitForAsync("a", cancellationToken: Eventually.Patience());

        var drained = caller.SeesAsync(seen => seen.GetAllInstances("a") is [{ State: ServiceState.Draining, Reason: "the agent stops" }], "that it drains");
        await agent.TerminateAsync();
        await drained;
        await caller.SeesAsync(seen => seen.Members.Any(member => member.State == MemberState.Left), "that the agent has left");
        Assert.False(File.Exists(agent.Socket));
    }

    [Fact]
    public async Task An_agent_that_keeps_its_services_says_no_goodbye_and_the_next_one_has_them()
    {
        await using var cluster = new TestCluster();
        await using var caller = await cluster.StartOneAsync("caller");
        _folder.Write("services.d/a.json", """{ "name": "a" }""");
        await using (var agent = await AgentProcess.StartAsync(_folder, caller, "--keep-on-stop"))
        {
            await caller.Discovery.WaitForAsync("a", cancellationToken: Eventually.Patience());
            await agent.TerminateAsync();
        }

        await using var next = await AgentProcess.StartAsync(_folder, caller);
        await caller.SeesAsync(
            seen => seen.Members.Count(member => member.State == MemberState.Alive) == 2 && seen.GetInstances("a").Count >= 1, "a, by the next agent");
        var seen = await caller.SeesAsync(seen => seen.Members.Any(member => member.State >= MemberState.Dead), "that the first agent is dead");
        Assert.DoesNotContain(seen.Members, member => member.State == MemberState.Left);
    }

    [Fact]
    public async Task The_second_agent_of_a_name_is_refused_and_told_who_has_it()
    {
        await using var agent = await AgentProcess.StartAsync(_folder, null);
        await using var second = AgentProcess.Begin(_folder, null, []);
        var line = await second.LineAsync(line => line.Contains("Another agent", StringComparison.Ordinal));
        Assert.Contains($"process {agent.Id} holds {_folder["state/agent.lock"]}", line, StringComparison.Ordinal);
        Assert.Contains("Agent:Name", line, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<Exception>(second.OutputAsync);
        Assert.Equal(1, second.ExitCode);
    }

    [Fact]
    public async Task Mistakes_of_the_configuration_end_it_with_the_key_the_value_and_the_remedy()
    {
        await using var agent = AgentProcess.Begin(
            _folder, null, [], "--set", "Agent:ReconcileIntervall=5s", "--set", "Agent:MaxConcurrentChecks=0", "--url", "http://0.0.0.0:80");
        Assert.Equal(
            [
                "Agent:MaxConcurrentChecks is '0'; it must be a whole number of 1 to 1024.",
                "Agent:ReconcileIntervall is no key. Did you mean 'ReconcileInterval'?",
                "Agent:Url is 'http://0.0.0.0:80'; it must be http and an address of loopback with a port, such as http://127.0.0.1:7399.",
            ],
            new[]
            {
                // It is the first that is said, and no trace of the code.
                await agent.LineAsync(_ => true),
                await agent.LineAsync(line => line.StartsWith("Agent:Rec", StringComparison.Ordinal)),
                await agent.LineAsync(line => line.StartsWith("Agent:Url", StringComparison.Ordinal)),
            });
    }

    [Fact]
    public async Task Paths_are_meant_from_where_they_are_typed()
    {
        Directory.CreateDirectory(_folder["services.d"]);
        // What lies there is of another program.
        _folder.Write("appsettings.json", """{ "Agent": { "Nmae": "service" } }""");
        await using var agent = ChildProcess.Start(
            new Dictionary<string, string> { ["TMPDIR"] = _folder.Path, ["XDG_RUNTIME_DIR"] = "" },
            "/bin/sh",
            [
                "-c", "cd \"$0\" && exec \"$@\" 2>&1", _folder.Path, ChildProcess.Peer[0], Path.Combine(AppContext.BaseDirectory, "Gossip.Cli.dll"), "agent",
                "--services", "services.d", "--state", "state", "--socket", "agent.sock", "--set", "Gossip:Port=0", "--set", $"Gossip:Cluster={_folder.Path}",
            ]);
        await agent.LineAsync(line => line.Contains("The agent's API listens", StringComparison.Ordinal));
        Assert.True(File.Exists(_folder["agent.sock"]) && File.Exists(_folder["state/agent.lock"]));
    }

    [Fact]
    public async Task Without_an_agent_the_commands_say_where_they_looked()
    {
        var (code, _, error) = await AgentProcess.RunAsync("register", "--name", "a", "--pid", "1", "--socket", _folder["none.sock"]);
        Assert.Equal(3, code);
        Assert.Contains($"No agent answers at {_folder["none.sock"]}. Start it with `gossip agent`", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("register --port 80", "--name is not set; give the name by which others call the service, or a definition by --file.")]
    [InlineData("register --name a --endpoint nowhere", "--endpoint is 'nowhere'; it must be 'scheme://host:port'")]
    [InlineData("register --name a --metadata blue", "--metadata is 'blue'; it must be key=value, such as team=blue.")]
    [InlineData("agent --set Agent", "--set is 'Agent'; it must be KEY=VALUE, such as Gossip:Cluster=west.")]
    [InlineData("agent --config /none.json", "--config is '/none.json'; there is no such file.")]
    [InlineData("members --token-file /none", "--token-file is '/none'; there is no such file.")]
    [InlineData("deregister", "Required argument missing for command: 'deregister'.")]
    public async Task What_is_typed_wrong_is_told_before_anything_is_done(string arguments, string expected)
    {
        var (code, _, error) = await AgentProcess.RunAsync(arguments.Split(' '));
        Assert.Equal(2, code);
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Systemd_is_told_when_the_agent_is_ready_lives_reloads_and_stops()
    {
        using var supervisor = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        supervisor.Bind(new UnixDomainSocketEndPoint(_folder["notify"]));
        var heard = new List<string>();
        // A service knows systemd by the name of its parent.
        File.Copy("/bin/sh", _folder["systemd"]);
        await using var parent = AgentProcess.BeginUnder(
            _folder["systemd"], _folder, null, new Dictionary<string, string> { ["NOTIFY_SOCKET"] = _folder["notify"], ["WATCHDOG_USEC"] = "300000" });

        await HearAsync("READY=1", 1);
        await HearAsync("WATCHDOG=1", 3);
        var ready = heard.Count(message => message == "READY=1");
        var agent = await File.ReadAllTextAsync(_folder["state/agent.pid"]);
        // What was written without a trace in the file's time is read, too.
        _folder.Write("services.d/a.json", """{ "name": "a", "version": "1.0" }""");
        await Eventually.HoldsAsync(async () => (await ShownAsync()).Contains("1.0", StringComparison.Ordinal), "a is read");
        var written = File.GetLastWriteTimeUtc(_folder["services.d/a.json"]);
        _folder.Write("a.draft", """{ "name": "a", "version": "2.0" }""");
        File.SetLastWriteTimeUtc(_folder["a.draft"], written);
        File.Move(_folder["a.draft"], _folder["services.d/a.json"], overwrite: true);
        await ChildProcess.RunAsync("kill", "-HUP", agent);
        await HearAsync("RELOADING=1\nMONOTONIC_USEC=", 1);
        await HearAsync("READY=1", ready + 1);
        Assert.Contains("2.0", await ShownAsync(), StringComparison.Ordinal);
        await ChildProcess.RunAsync("kill", "-TERM", agent);
        await HearAsync("STOPPING=1", 1);
        await parent.OutputAsync();

        async Task<string> ShownAsync()
        {
            using var api = AgentProcess.ApiAt(_folder["agent.sock"]);
            return await api.GetStringAsync("/v1/services");
        }

        async Task HearAsync(string message, int times)
        {
            var buffer = new byte[1024];
            // Its beats go on whatever else does not come.
            var patience = Eventually.Patience();
            while (heard.Count(one => one.StartsWith(message, StringComparison.Ordinal)) < times)
            {
                var count = await supervisor.ReceiveAsync(buffer, patience);
                heard.Add(Encoding.UTF8.GetString(buffer, 0, count));
            }
        }
    }

    [PeerFact("systemd-analyze")]
    public async Task The_units_that_are_delivered_are_valid()
    {
        // The programs are not installed here, so copies name ones that are.
        var units = Directory.GetFiles(Path.Combine(Root(), "deploy", "systemd"), "*.service");
        Assert.NotEmpty(units);
        foreach (var unit in units)
        {
            var text = await File.ReadAllTextAsync(unit);
            _folder.Write(Path.GetFileName(unit), text.Replace("/usr/local/bin/gossip", "/bin/true").Replace("/usr/bin/node", "/bin/true"));
        }

        await using var verify = ChildProcess.Start(
            "/bin/sh", ["-c", "exec systemd-analyze verify --man=no \"$@\" 2>&1", "sh", .. units.Select(unit => _folder[Path.GetFileName(unit)])]);
        Assert.Equal("", await verify.OutputAsync());
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Gossip.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}
