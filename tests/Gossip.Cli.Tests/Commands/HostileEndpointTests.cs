using System.Text;
using System.Text.Json;
using Gossip.Bootstrap;
using Gossip.Cli.Commands;
using Microsoft.AspNetCore.Http;
using Spectre.Console;

namespace Gossip.Cli.Tests.Commands;

/// <summary>Nobody, or somebody who is no endpoint, or one that means ill: each command says so, and ends.</summary>
public sealed class HostileEndpointTests : IDisposable
{
    /// <summary>Clears the screen, changes the title, is a code of Spectre's, turns a line round, and is a letter of the second row of control codes.</summary>
    private const string Evil = "a\u001b[2Jb\u001b]0;x\u0007[red]c[/]\u202Ed\u009B";

    private static readonly byte[] NoLetters = [.. "{ \"schema\": 1, \"a\": \""u8, 0xFF, .. "\" }"u8];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Where_nobody_is_it_says_where_it_looked_and_what_to_do()
    {
        var told = await CommandRun.OfAsync("members", "--directory", _folder["none"]);
        told.Complains(3, "No node was found on this machine", _folder["none"], "app.MapGossip()", "--url http://HOST:PORT/gossip");
    }

    [Fact]
    public async Task An_address_at_which_nobody_listens_is_named()
    {
        var url = $"http://127.0.0.1:{TestPorts.Free()}/gossip";
        foreach (var command in (string[])["members", "watch", "doctor", "rotate", "open", "resolve a", "drain a", "why a", "services"])
            (await CommandRun.OfAsync([.. command.Split(' '), "--url", url, "--directory", _folder.Path])).Complains(3, url);
    }

    [Fact]
    public async Task One_that_has_ended_is_passed_over_for_one_that_lives()
    {
        Assert.Null(new MachineDirectory(_folder["run"]).Prepare());
        await using var lives = await FakeEndpoint.OfJsonAsync("""{ "schema": 1, "members": [ { "name": "lives" } ] }""");
        using var first = Place($"http://127.0.0.1:{TestPorts.Free()}/gossip");
        using var second = Place($"{lives.Url}/gossip");
        Assert.Contains("lives", (await CommandRun.OfAsync("members", "--directory", _folder["run"])).Ends(0).Output, StringComparison.Ordinal);

        EndpointPlace Place(string url) =>
            new([new MachineDirectory(_folder["run"])], new EndpointFound([new Uri(url)], "endpoint-1-a.token", "c", "n"), TimeProvider.System);
    }

    [Fact]
    public async Task A_node_that_is_not_here_is_told_with_those_that_are()
    {
        Assert.Null(new MachineDirectory(_folder["run"]).Prepare());
        using var place = new EndpointPlace(
            [new MachineDirectory(_folder["run"])], new EndpointFound([new Uri("http://127.0.0.1:1/gossip")], "t", "west", "payments-1"), TimeProvider.System);
        (await CommandRun.OfAsync("members", "--directory", _folder["run"], "--cluster", "east"))
            .Complains(3, "No node of cluster 'east' serves an endpoint here. There are payments-1 of cluster 'west'.");
        (await CommandRun.OfAsync("members", "--directory", _folder["run"], "--node", "x")).Complains(3, "No node 'x' serves an endpoint here.");
    }

    [Fact]
    public async Task A_file_that_names_another_folder_draws_no_token_from_there()
    {
        Assert.Null(new MachineDirectory(_folder["run"]).Prepare());
        var secret = _folder.Write("secret", "of somebody else");
        var sent = new List<string>();
        await using var thief = await FakeEndpoint.StartAsync(http =>
        {
            sent.Add(http.Request.Headers.Authorization.ToString());
            http.Response.StatusCode = 401;
            return Task.CompletedTask;
        });
        using var a = HeldFile.Create(_folder["run/endpoint-1-a.url"], $"{thief.Url}/gossip\ntoken ../secret\ncluster c\nnode n\n");
        using var b = HeldFile.Create(_folder["run/endpoint-1-b.url"], $"{thief.Url}/gossip\ntoken {secret}\ncluster c\nnode n\n");
        (await CommandRun.OfAsync("members", "--directory", _folder["run"])).Complains(4, "401");
        Assert.Equal(["", ""], sent);
    }

    [Fact]
    public async Task What_a_killed_process_has_left_leads_nobody_to_whoever_listens_there_now()
    {
        var sent = new List<string>();
        await using var thief = await FormerPlaceAsync(sent);
        (await CommandRun.OfAsync("members", "--directory", _folder["run"], "--node", "n", "--token-file", _folder["given"]))
            .Complains(3, "No node was found on this machine");
        Assert.Empty(sent);
        Assert.Equal(2, Directory.GetFiles(_folder["run"]).Length);
    }

    [Fact]
    public async Task Without_locks_a_process_gets_its_own_token_and_not_that_of_the_caller()
    {
        var sent = new List<string>();
        await using var former = await FormerPlaceAsync(sent);
        await using var told = ChildProcess.Start(
            new Dictionary<string, string> { ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "1" },
            ChildProcess.Peer[0], Path.Combine(AppContext.BaseDirectory, "Gossip.Cli.dll"),
            "members", "--directory", _folder["run"], "--node", "n", "--token-file", _folder["given"]);
        await told.EndInputAsync();
        Assert.Equal(4, told.ExitCode);
        Assert.Equal(["Bearer own"], sent);
    }

    [Theory]
    [InlineData("", "Bearer own")]
    [InlineData("--node n", "Bearer own", "Bearer given")]
    public async Task What_was_found_gets_the_token_of_the_caller_where_the_caller_names_it(string named, params string[] expected)
    {
        var sent = new List<string>();
        await using var refuses = await FormerPlaceAsync(sent);
        using var place = new EndpointPlace(
            [new MachineDirectory(_folder["run"])],
            new EndpointFound([new Uri($"{refuses.Url}/gossip")], "endpoint-1-a.token", "c", "n"), TimeProvider.System);
        (await CommandRun.OfAsync(
            ["members", "--directory", _folder["run"], "--token-file", _folder["given"], .. named.Split(' ', StringSplitOptions.RemoveEmptyEntries)]))
            .Complains(4, "401", "--token-file");
        Assert.Equal(expected, sent);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5000/gossip", false, false)]
    [InlineData("http://localhost:5000/gossip", false, false)]
    [InlineData("http://10.0.0.5:5000/gossip", true, false)]
    [InlineData("http://10.0.0.5:5000/gossip", false, true)]
    public void No_proxy_hears_what_is_sent_on_this_machine(string url, bool isFound, bool isByProxy)
    {
        using var handler = new EndpointTarget(new Uri(url)) { IsOwn = isFound }.Connect();
        Assert.Equal(isByProxy, handler.UseProxy);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5000/gossip", true)]
    [InlineData("http://[::1]:5000/gossip", null)]
    [InlineData("http://localhost:5000/gossip", false)]
    [InlineData("https://localhost:5000/gossip", false)]
    [InlineData("http://0.0.0.0:5000/gossip", false)]
    [InlineData("http://192.0.2.7:5000/gossip", false)]
    [InlineData("http://host.example:5000/gossip", false)]
    public void The_token_of_a_process_goes_to_addresses_of_this_machine_alone(string url, bool? isSent)
    {
        var target = new EndpointTarget(new Uri(url)) { TokenFile = _folder.Write("token", "secret\n"), IsOwn = true };
        Assert.Equal(isSent ?? MachineAddress.IsHeld("::1"), target.ReadOwn() == "secret");
    }

    [Theory]
    [InlineData("http://127.0.0.1:5000/gossip", "http://localhost:5000/gossip", true)]
    [InlineData("http://[::1]:5000/gossip", "http://127.0.0.1:5000/gossip", true)]
    [InlineData("http://10.0.0.5:5000/gossip", "http://10.0.0.5:5000/gossip", true)]
    [InlineData("http://127.0.0.1:5000/gossip", "http://localhost:5001/gossip", false)]
    [InlineData("http://127.0.0.1:5000/gossip", "https://localhost:5000/gossip", false)]
    [InlineData("http://127.0.0.1:5000/gossip", "http://localhost:5000/ops", false)]
    [InlineData("http://127.0.0.1:5000/gossip", "http://127.0.0.2:5000/gossip", false)]
    [InlineData("http://10.0.0.5:5000/gossip", "http://localhost:5000/gossip", false)]
    public void Whoever_types_a_name_of_the_loopback_means_the_process_there(string known, string typed, bool isMeant) =>
        Assert.Equal(isMeant, new EndpointTarget(new Uri(known)).IsMeantBy(new Uri(typed)));

    [Fact]
    public async Task A_namesake_of_the_node_that_is_meant_gets_no_order()
    {
        Assert.Null(new MachineDirectory(_folder["run"]).Prepare());
        var sent = new List<string>();
        await using var asked = await FakeEndpoint.OfJsonAsync("""
            { "schema": 1, "node": { "id": "1", "name": "a", "cluster": "c" }, "services": [
              { "name": "s", "instances": [ { "id": "x", "node": "n", "nodeId": "2" } ] },
              { "name": "t", "instances": [ { "id": "y", "node": "n", "nodeId": "2" }, { "id": "y", "node": "o", "nodeId": "3" } ] } ] }
            """);
        await using var namesake = await FakeEndpoint.StartAsync(http =>
        {
            sent.Add($"{http.Request.Method} {http.Request.Headers.Authorization}");
            return http.Response.WriteAsync("""{ "schema": 1, "node": { "id": "4", "name": "n", "cluster": "c" } }""");
        });
        using var a = Place(asked.Url, "a");
        using var n = Place(namesake.Url, "n");
        string[] where = ["--directory", _folder["run"], "--token-file", _folder.Write("given", "given\n")];
        (await CommandRun.OfAsync(["drain", "x", "--node", "a", .. where])).Complains(3, "'x' is on n, which serves no endpoint on this machine");
        (await CommandRun.OfAsync(["drain", "x", "--url", asked.Url, .. where])).Complains(1, "'x' is on n, and --url leads to a");
        (await CommandRun.OfAsync(["drain", "y", "--node", "a", .. where])).Complains(2, "'y' is an instance on 2 nodes: n, o.");
        Assert.Equal(["GET "], sent);

        EndpointPlace Place(string url, string node) => new(
            [new MachineDirectory(_folder["run"])], new EndpointFound([new Uri($"{url}/gossip")], "endpoint-1-a.token", "c", node), TimeProvider.System);
    }

    [Theory]
    [InlineData("http://{0}/gossip/login?code=1", 0)]
    [InlineData("https://{0}/gossip/login?code=1", 5)]
    [InlineData("http://somebody@{0}/gossip/login?code=1", 5)]
    [InlineData("http://{0}/login?code=1", 5)]
    [InlineData("http://{0}/gossip/../login?code=1", 5)]
    [InlineData("http://{0}/gossips/login?code=1", 5)]
    [InlineData("http://127.0.0.1:1/gossip/login?code=1", 5)]
    [InlineData("javascript:alert(1)", 5)]
    public async Task A_link_leads_to_the_endpoint_that_was_asked_or_is_not_shown(string link, int exitCode)
    {
        await using var endpoint = await FakeEndpoint.StartAsync(http => http.Response.WriteAsync(
            http.Request.Method == "POST" ? string.Format(System.Globalization.CultureInfo.InvariantCulture, link, http.Request.Host) : """{ "schema": 1 }"""));
        (await AskAsync(endpoint, "open", "--token-file", _folder.Write("given", "given\n"))).Ends(exitCode);
    }

    [Fact]
    public async Task An_agent_that_is_not_there_or_does_not_answer_is_told_in_time()
    {
        (await CommandRun.OfAsync("drain", "a", "--socket", _folder["none.sock"])).Complains(3, $"No agent answers at {_folder["none.sock"]}.");
        using var hangs = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, default);
        hangs.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(_folder["hangs.sock"]));
        hangs.Listen(8);
        (await CommandRun.OfAsync("drain", "a", "--socket", _folder["hangs.sock"], "--timeout", "0.2"))
            .Complains(3, "The agent has not answered within 0.2 s");
    }

    [Fact]
    public async Task The_variable_names_an_agent_as_the_option_does()
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var lives = await FakeEndpoint.OfJsonAsync("""{ "schema": 1, "members": [] }""");
        var directory = new MachineDirectory(_folder[$"gossip-{UnixOwner.OfThisProcess()}"]);
        Assert.Null(directory.Prepare());
        using var place = new EndpointPlace([directory], new EndpointFound([new Uri($"{lives.Url}/gossip")], "t", "c", "n"), TimeProvider.System);
        Assert.Equal(3, await EndsAsync());
        Assert.Equal(0, await EndsAsync("--node", "n"));

        async Task<int> EndsAsync(params string[] more)
        {
            await using var child = ChildProcess.Start(
                new Dictionary<string, string>
                {
                    ["TMPDIR"] = _folder.Path, ["XDG_RUNTIME_DIR"] = "", ["GOSSIP_AGENT_SOCKET"] = _folder["none.sock"],
                },
                ChildProcess.Peer[0], [Path.Combine(AppContext.BaseDirectory, "Gossip.Cli.dll"), "members", .. more]);
            await child.EndInputAsync();
            return child.ExitCode;
        }
    }

    [Fact]
    public async Task A_folder_that_others_may_write_is_not_used()
    {
        if (OperatingSystem.IsWindows())
            return;
        Directory.CreateDirectory(_folder["open"], (UnixFileMode)0b111_111_111);
        File.SetUnixFileMode(_folder["open"], (UnixFileMode)0b111_111_111);
        (await CommandRun.OfAsync("members", "--directory", _folder["open"])).Complains(2, "no folder of yours alone (mode 700)", "sudo -u USER gossip");
        Assert.Null(new MachineDirectory(_folder["run"]).Prepare());
        File.CreateSymbolicLink(_folder["link"], _folder["run"]);
        (await CommandRun.OfAsync("members", "--directory", _folder["link"])).Complains(2, "no folder of yours alone");
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Who_is_refused_is_told_what_to_bring(int status)
    {
        await using var refuses = await FakeEndpoint.StartAsync(http =>
        {
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        (await AskAsync(refuses, "members")).Complains(4, $"{refuses.Url}/gossip", "--token-file");
        (await AskAsync(refuses, "watch")).Complains(4, "--token-file");
    }

    [Fact]
    public async Task A_refusal_without_end_is_told_all_the_same()
    {
        await using var refuses = await FakeEndpoint.StartAsync(async http =>
        {
            (http.Response.StatusCode, http.Response.ContentType) = (403, "application/problem+json");
            await http.Response.WriteAsync("{ \"detail\": \"");
            await http.Response.Body.FlushAsync();
            await FakeEndpoint.HangAsync(http);
        });
        (await AskAsync(refuses, "watch", "--timeout", "0.3")).Complains(4, "403 Forbidden");
    }

    [Fact]
    public async Task One_that_leads_elsewhere_is_not_followed_and_its_other_address_is_asked()
    {
        Assert.Null(new MachineDirectory(_folder["run"]).Prepare());
        await using var lives = await FakeEndpoint.OfJsonAsync("""{ "schema": 1, "members": [ { "name": "lives" } ] }""");
        await using var leads = await FakeEndpoint.StartAsync(http =>
        {
            http.Response.Redirect(lives.Url);
            return Task.CompletedTask;
        });
        using var place = new EndpointPlace(
            [new MachineDirectory(_folder["run"])],
            new EndpointFound([new Uri($"{leads.Url}/gossip"), new Uri($"{lives.Url}/gossip")], "t", "c", "n"),
            TimeProvider.System);
        Assert.Contains("lives", (await CommandRun.OfAsync("members", "--directory", _folder["run"])).Ends(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_that_the_caller_brings_is_sent_and_its_file_must_have_one()
    {
        await using var endpoint = await FakeEndpoint.StartAsync(http =>
        {
            http.Response.StatusCode = http.Request.Headers.Authorization == "Bearer sesame" ? 200 : 401;
            return http.Response.WriteAsync("""{ "schema": 1, "members": [] }""");
        });
        (await AskAsync(endpoint, "members", "--token-file", _folder.Write("good", "sesame\n"))).Ends(0);
        (await AskAsync(endpoint, "members", "--token-file", _folder.Write("bad", "closed\n"))).Complains(4, "401");
        (await AskAsync(endpoint, "members", "--token-file", _folder.Write("empty", "\n"))).Complains(2, "has no token in it");
        (await AskAsync(endpoint, "members", "--token-file", _folder["none"])).Complains(2, "there is no such file");
    }

    [Fact]
    public async Task One_that_does_not_answer_is_waited_for_so_long_and_no_longer()
    {
        await using var hangs = await FakeEndpoint.StartAsync(FakeEndpoint.HangAsync);
        foreach (var command in (string[])["members", "watch", "resolve a"])
            (await CommandRun.OfAsync([.. command.Split(' '), "--url", hangs.Url, "--timeout", "0.2"])).Complains(3, "no answer within 0.2 s");
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html></html>")]
    [InlineData("{ \"members\": [] }")]
    [InlineData("[ 1 ]")]
    [InlineData("{ \"schema\": 1, \"members\": [ { \"name\": \"\\ud800\" } ] }")]
    [InlineData("")]
    [InlineData("{ \"schema\": 1")]
    public async Task What_is_no_answer_of_an_endpoint_is_told(string body)
    {
        await using var rubbish = await FakeEndpoint.OfJsonAsync(body);
        (await AskAsync(rubbish, "members")).Complains(5, $"What answers at {rubbish.Url}/gossip is no endpoint of Gossip.");
        (await AskAsync(rubbish, "members", "--json")).Complains(5, "is no endpoint of Gossip.");
    }

    [Fact]
    public async Task An_answer_of_a_newer_schema_and_letters_that_are_none_are_told()
    {
        await using var newer = await FakeEndpoint.OfJsonAsync("""{ "schema": 2 }""");
        (await AskAsync(newer, "members")).Complains(5, "answers in schema 2, and this command reads 1");
        await using var broken = await FakeEndpoint.StartAsync(http => http.Response.Body.WriteAsync(NoLetters).AsTask());
        (await AskAsync(broken, "members")).Complains(5, "is no endpoint of Gossip.");
        using var bytes = FakeEndpoint.OfBytes("SSH-2.0-OpenSSH_9\r\n"u8.ToArray());
        (await CommandRun.OfAsync("members", "--url", $"http://{bytes.LocalEndpoint}")).Complains(5, $"{bytes.LocalEndpoint}");
    }

    [Theory]
    [InlineData(404, 5)]
    [InlineData(302, 5)]
    [InlineData(500, 5)]
    [InlineData(503, 5)]
    public async Task Another_status_is_told(int status, int exitCode)
    {
        await using var other = await FakeEndpoint.StartAsync(http =>
        {
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        (await AskAsync(other, "members")).Complains(exitCode, $"{status}");
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read_to_its_end()
    {
        await using var endless = await FakeEndpoint.StartAsync(async http =>
        {
            var block = new byte[64 * 1024];
            while (!http.RequestAborted.IsCancellationRequested)
                await http.Response.Body.WriteAsync(block, http.RequestAborted);
        });
        (await AskAsync(endless, "members", "--timeout", "120")).Complains(5, "its answer has more than 64 MiB");
    }

    [Fact]
    public async Task Nothing_that_a_name_has_in_it_does_anything_to_a_terminal()
    {
        var name = JsonSerializer.Serialize(Evil);
        await using var evil = await FakeEndpoint.OfJsonAsync($$"""
            { "schema": 1, "sentence": {{name}}, "name": {{name}}, "well": true, "member": {{name}}, "state": {{name}}, "missing": [ {{name}} ],
              "members": [ { "name": {{name}}, "state": {{name}}, "address": {{name}}, "zone": {{name}} } ],
              "services": [ { "name": {{name}}, "dependsOn": [ {{name}} ], "instances": [ { "id": {{name}}, "version": {{name}} } ] } ],
              "instances": [ { "id": {{name}}, "in": true, "node": {{name}}, "reason": {{name}}, "rule": {{name}}, "sentence": {{name}},
                "endpoints": [ { "name": {{name}}, "address": {{name}} }, { "name": "http", "address": "http://127.0.0.1:80" } ] } ],
              "events": [ { "sentence": {{name}}, "what": {{name}}, "because": [ { "accuser": {{name}} } ], "seenBy": [ { "node": {{name}} } ] } ],
              "findings": [ { "severity": {{name}}, "what": {{name}}, "code": {{name}}, "remedy": {{name}} } ],
              "sources": [ { "name": {{name}}, "problem": {{name}} } ], "address": { "advertised": {{name}}, "because": {{name}} },
              "edges": [ { "from": {{name}}, "to": {{name}} } ], "cycles": [ [ {{name}} ] ] }
            """);
        foreach (var command in (string[])["members", "services", "services a", "why a", "why a --service", "timeline", "doctor", "graph", "rotate", "resolve a", "drain a"])
        {
            foreach (var option in (string[])["", " --json"])
            {
                var told = await CommandRun.OfAsync([.. (command + option).Split(' '), "--url", evil.Url, "--directory", _folder.Path]);
                Assert.Equal([], (told.Output + told.Error).Where(letter => char.IsControl(letter) && letter != '\n'));
                Assert.DoesNotContain('\u202E', told.Output + told.Error);
                if (option.Length == 0 && command is not ("resolve a" or "drain a" or "rotate"))
                    Assert.Contains(@"a\u001B[2Jb\u001B]0;x\u0007[red]c[/]\u202Ed\u009B", told.Output, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void On_a_terminal_neither()
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.TrueColor, Out = new Terminal(writer) });
        var table = new TextTable("name", "state", "never");
        table.Add(Evil, TextCell.OfState("dead"), "");
        table.Write(console);
        CommandOutput.Line(console, Evil, "red");
        CommandOutput.Event(console, Evil, Evil, "green", Evil);

        // What is left of control codes is Spectre's own: colours.
        var left = System.Text.RegularExpressions.Regex.Replace(writer.ToString(), "\u001b\\[[0-9;]*m", "");
        Assert.Equal([], left.Where(letter => char.IsControl(letter) && letter is not ('\n' or '\r')));
        Assert.DoesNotContain('\u202E', left);
        Assert.Contains("[red]c[/]", left, StringComparison.Ordinal);
        Assert.Contains("╭", left, StringComparison.Ordinal);
        Assert.DoesNotContain("never", left, StringComparison.Ordinal);
        Assert.Contains("\u001b[", writer.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("members --url ftp://a", "--url is 'ftp://a'; it must be the endpoint's URL, such as http://10.0.0.5:5000/gossip.")]
    [InlineData("members --url http://a/?b", "--url is 'http://a/?b'")]
    [InlineData("members --url a --socket b", "--url and --socket name two nodes")]
    [InlineData("members --timeout 0", "--timeout is 0; it must be a number of seconds from 0.001 to 3600, such as 10.")]
    [InlineData("members --timeout soon", "Cannot parse argument 'soon' for option '--timeout'")]
    [InlineData("watch --count 0", "--count is less than 1")]
    [InlineData("resolve", "Required argument missing for command: 'resolve'.")]
    [InlineData("why", "Required argument missing for command: 'why'.")]
    [InlineData("drain", "Required argument missing for command: 'drain'.")]
    [InlineData("sim x", "row is 'x'; there are 1 to 28")]
    [InlineData("sim 99", "row is '99'; there are 1 to 28, as `gossip sim` lists them.")]
    [InlineData("sim 1 --nodes 2", "--nodes is 2; it must be 3 to 1024.")]
    [InlineData("sim 1 --seeds 0", "--seeds is 0; it must be 1 to 100000.")]
    [InlineData("rotate --to xyz", "--to is neither a fingerprint, of 8 hexadecimal digits, nor a file.")]
    [InlineData("member", "'member' is no command. Did you mean 'members'?")]
    public async Task What_is_typed_wrong_is_told_before_anybody_is_asked(string arguments, string expected)
    {
        var told = await CommandRun.OfAsync(arguments.Split(' '));
        Assert.Equal(2, told.ExitCode);
        Assert.StartsWith(expected, told.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gossip mem", "members")]
    [InlineData("gossip graph --scope ", "cluster", "node")]
    [InlineData("gossip members --js", "--json")]
    public async Task Shells_complete_by_what_dotnet_suggest_asks(string line, params string[] expected) =>
        Assert.Equal(expected, (await CommandRun.OfAsync($"[suggest:{line.Length}]", line)).Ends(0).Lines);

    /// <summary>One that refuses all and keeps what was sent, at the place of a process that was killed and has left its files.</summary>
    private async Task<FakeEndpoint> FormerPlaceAsync(List<string> sent)
    {
        Assert.Null(new MachineDirectory(_folder["run"]).Prepare());
        var refuses = await FakeEndpoint.StartAsync(http =>
        {
            sent.Add(http.Request.Headers.Authorization.ToString());
            http.Response.StatusCode = 401;
            return Task.CompletedTask;
        });
        _folder.Write("given", "given\n");
        await File.WriteAllTextAsync(_folder["run/endpoint-1-a.token"], "own\n");
        await File.WriteAllTextAsync(_folder["run/endpoint-1-a.url"], $"{refuses.Url}/gossip\ntoken endpoint-1-a.token\ncluster c\nnode n\n");
        return refuses;
    }

    private static Task<CommandRun> AskAsync(FakeEndpoint endpoint, params string[] arguments) => CommandRun.OfAsync([.. arguments, "--url", endpoint.Url]);

    [Theory]
    [InlineData(200, true)]
    [InlineData(64, true)]
    [InlineData(40, false)]
    public void A_terminal_that_is_too_narrow_for_lines_gets_columns_in_which_no_address_is_broken(int width, bool hasLines)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new Terminal(writer, width) });
        var table = new TextTable("instance", "address", "because");
        table.Add("payments-1", "http://127.0.0.1:43695", "it is the only one that may, and a sentence gives way");
        table.Write(console);
        Assert.Equal(hasLines, writer.ToString().Contains('╭'));
        Assert.Contains("http://127.0.0.1:43695", writer.ToString(), StringComparison.Ordinal);
        Assert.Contains("payments-1", writer.ToString(), StringComparison.Ordinal);
    }

    private sealed class Terminal(TextWriter writer, int width = 200) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => width;

        public int Height => 50;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
