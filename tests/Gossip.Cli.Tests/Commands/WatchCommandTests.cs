using System.Text.Json;
using Gossip.AspNetCore.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Gossip.Cli.Tests.Commands;

/// <summary>What changes, told as it changes.</summary>
public sealed class WatchCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly Listener _output = new();
    private readonly Listener _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Changes_of_a_service_are_told_as_they_come()
    {
        await using var app = await StartAsync("payments");
        var watching = WatchAsync("payments", "--count", "2");
        await _error.HearsAsync("'payments': 1 of 1 instances are ready.");
        await app.Own.DrainAsync("disk is full");
        await _output.HearsAsync("payments: 'payments-1' is draining (disk is full) at http://");
        await app.Own.UpdateAsync(record => record with { Weight = 7 });
        var told = (await watching).Ends(0);
        Assert.Contains(", weight 7, and was draining (disk is full) at http://", told.Lines[1], StringComparison.Ordinal);
        Assert.Equal(2, told.Lines.Length);
    }

    [Fact]
    public async Task Programs_get_an_object_a_line_of_all_that_happens()
    {
        await using var app = await StartAsync("payments");
        using var enough = new CancellationTokenSource();
        var watching = CommandRun.OfAsync(_output, _error, enough.Token, "watch", "--json", "--directory", _folder["run"]);
        await _error.HearsAsync("All services: 1 of 1 instances are ready.");
        await using var other = await StartAsync("orders", app);
        await _output.HearsAsync("\"what\":\"added\"");
        await enough.CancelAsync();
        var told = (await watching).Ends(0).Lines.Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var what = told.DistinctBy(one => one.GetProperty("what").GetString()).ToDictionary(one => one.GetProperty("what").GetString()!);
        Assert.Equal("orders-1", what["memberJoined"].GetProperty("member").GetString());
        Assert.Equal(("orders", "orders-1"), (what["added"].GetProperty("service").GetString(), what["added"].GetProperty("instance").GetProperty("id").GetString()));
    }

    [Fact]
    public async Task When_the_node_has_ended_its_next_start_is_followed()
    {
        await using var keeper = await StartAsync("orders", directory: "none");
        Task<CommandRun> watching;
        await using (var app = await StartAsync("payments", keeper))
        {
            watching = WatchAsync("payments", "--count", "1");
            await _error.HearsAsync("'payments': 1 of 1 instances");
            await app.App.StopAsync(Eventually.Patience());
        }

        await _error.HearsAsync("The node does not answer any more");
        // It is another process as far as anybody can see, with another URL and another token, and it does not have the events of the first.
        await using var next = await StartAsync("payments", keeper);
        Assert.Contains("payments-1", (await watching).Ends(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_next_node_has_not_heard_of_yet_is_not_removed()
    {
        var asked = 0;
        await using var endpoint = await FakeEndpoint.StartAsync(async http =>
        {
            var path = http.Request.Path.Value!;
            if (path.EndsWith("/events", StringComparison.Ordinal))
            {
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync("retry: 10\n\nevent: revision\ndata: {}\n\n");
                await http.Response.Body.FlushAsync();
                if (asked < 2)
                    return;
                await FakeEndpoint.HangAsync(http);
            }

            if (path.EndsWith("/services", StringComparison.Ordinal))
            {
                // At first all, then what a node has that has just begun, and all but one once it knows the cluster.
                var ids = asked switch { 1 => "ab", < 4 => "", _ => "a" };
                var instances = string.Join(',', ids.Select(id => $$"""{ "id": "{{id}}", "node": "{{id}}", "nodeId": "{{id}}", "state": "ready" }"""));
                await http.Response.WriteAsync($$"""{ "schema": 1, "services": [ { "name": "web", "instances": [ {{instances}} ] } ] }""");
                return;
            }

            await http.Response.WriteAsync($$"""{ "schema": 1, "node": { "cluster": "c", "synchronized": {{(++asked is 1 or > 3 ? "true" : "false")}} } }""");
        });
        var told = (await WatchAtAsync(endpoint, "--count", "1")).Ends(0);
        Assert.Equal("web: 'b' is gone.", Assert.Single(told.Lines)[10..]);
        Assert.Equal(4, asked);
    }

    [Fact]
    public async Task A_node_of_another_cluster_is_not_followed()
    {
        await using var keeper = await StartAsync("orders", directory: "none");
        Task<CommandRun> watching;
        await using (var app = await StartAsync("payments", keeper))
        {
            watching = WatchAsync("payments", "--count", "1");
            await _error.HearsAsync("'payments': 1 of 1 instances");
            await app.App.StopAsync(Eventually.Patience());
        }

        await _error.HearsAsync("The node does not answer any more");
        // By a socket nobody sees of which cluster the agent is, nor by a URL: it says so.
        await using var stranger = await StartAsync("payments", cluster: "theirs");
        await using var next = await StartAsync("payments", keeper);
        Assert.DoesNotContain($"Following {stranger.App.Urls.First()}", (await watching).Ends(0).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_that_another_cluster_has_taken_is_waited_for()
    {
        var cluster = "ours";
        await using var endpoint = await FakeEndpoint.StartAsync(async http =>
        {
            if (!http.Request.Path.Value!.EndsWith("/events", StringComparison.Ordinal))
            {
                await http.Response.WriteAsync($$"""{ "schema": 1, "node": { "cluster": "{{cluster}}", "synchronized": true } }""");
                // The first is ours, then two of others have the place.
                cluster = cluster switch { "ours" => "theirs", "theirs" => "nobody's", _ => "ours" };
                return;
            }

            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("retry: 10\n\n" + Event("5-1", cluster));
        });
        var told = (await WatchAtAsync(endpoint, "--count", "2")).Ends(0);
        Assert.Equal(["ours", "ours"], told.Lines.Select(line => line[10..]));
    }

    [Fact]
    public async Task A_named_place_that_lets_nobody_in_any_more_ends_it()
    {
        var count = 0;
        await using var endpoint = await FakeEndpoint.StartAsync(async http =>
        {
            if (http.Request.Path.Value!.EndsWith("/events", StringComparison.Ordinal) && ++count > 1)
            {
                http.Response.StatusCode = StatusCodes.Status403Forbidden;
                return;
            }

            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync(
                http.Request.Path.Value!.EndsWith("/events", StringComparison.Ordinal)
                    ? "retry: 10\n\n" + Event("5-1", "first")
                    : """{ "schema": 1, "node": { "cluster": "c" } }""");
        });
        Assert.Contains("403", (await WatchAtAsync(endpoint, "--count", "2")).Ends(4).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_comes_back_says_what_it_has_got()
    {
        var asked = new List<string>();
        await using var endpoint = await EventsAsync(asked, Event("5-1", "first"), Event("5-2", "second") + Event("5-3", "third"));
        var told = (await WatchAtAsync(endpoint, "--count", "3")).Ends(0);
        Assert.Equal(["first", "second", "third"], told.Lines.Select(line => line[10..]));
        Assert.Equal(["", "5-1"], asked);
    }

    [Fact]
    public async Task In_a_quiet_cluster_one_comes_back_by_what_it_was_told_first()
    {
        var asked = new List<string>();
        await using var endpoint = await EventsAsync(asked, "id: 5-7\n\nevent: revision\ndata: {}\n\n", Event("5-8", "next"));
        (await WatchAtAsync(endpoint, "--count", "1")).Ends(0);
        Assert.Equal(["", "5-7"], asked);
    }

    [Fact]
    public async Task What_is_no_stream_of_events_is_told()
    {
        await using var endpoint = await FakeEndpoint.OfJsonAsync("""{ "schema": 1, "node": { "cluster": "c" } }""");
        (await WatchAtAsync(endpoint)).Complains(5, "is no endpoint of Gossip.");
    }

    [Fact]
    public async Task What_is_missing_is_told()
    {
        await using var endpoint = await EventsAsync([], "event: reset\ndata: {\"because\":\"the node has started since\"}\n\n" + Event("5-1", "first"));
        var told = (await WatchAtAsync(endpoint, "--count", "1")).Ends(0);
        Assert.Contains("Events are missing: the node has started since.", told.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_without_end_and_rubbish_are_let_go_and_the_next_connection_is_read()
    {
        await using var endpoint = await EventsAsync([], Event("5-1", new string('x', 2 * 1024 * 1024)), "data: no json\nevent: happened\n\n", Event("5-2", "good"));
        var told = (await WatchAtAsync(endpoint, "--count", "1")).Ends(0);
        Assert.Equal("good", Assert.Single(told.Lines)[10..]);
    }

    [Fact]
    public async Task Nothing_that_an_event_says_does_anything_to_a_terminal()
    {
        await using var endpoint = await EventsAsync([], Event("5-1", "\\u001b[2J[red]"));
        Assert.Equal("\\u001B[2J[red]", Assert.Single((await WatchAtAsync(endpoint, "--count", "1")).Ends(0).Lines)[10..]);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Interrupted_it_ends_with_0(string signal)
    {
        if (OperatingSystem.IsWindows())
            return;
        await using var endpoint = await EventsAsync([], Event("5-1", "first") + "\u0000");
        await using var watching = ChildProcess.Start(
            ChildProcess.Peer[0], Path.Combine(AppContext.BaseDirectory, "Gossip.Cli.dll"), "watch", "--url", endpoint.Url);
        await watching.LineAsync(line => line.EndsWith("first", StringComparison.Ordinal));
        await watching.SignalAsync(signal);
        Assert.Equal(0, watching.ExitCode);
    }

    [Fact]
    public async Task In_Development_a_page_needs_no_link()
    {
        await using var app = await StartAsync("payments", environment: "Development");
        var told = await CommandRun.OfAsync("open", "--directory", _folder["run"]);
        Assert.Equal($"{app.App.Urls.First()}/gossip\n", told.Ends(0).Output);
    }

    private static string Event(string id, string sentence) =>
        $"id: {id}\nevent: happened\ndata: {{\"at\":\"2026-11-30T20:10:12Z\",\"what\":\"memberDied\",\"sentence\":\"{sentence}\"}}\n\n";

    /// <summary>Answers each connection with one of the bodies, the last of them without an end, and keeps by which id it was asked.</summary>
    private static Task<FakeEndpoint> EventsAsync(List<string> asked, params string[] bodies)
    {
        var count = 0;
        return FakeEndpoint.StartAsync(async http =>
        {
            if (!http.Request.Path.Value!.EndsWith("/events", StringComparison.Ordinal))
            {
                await http.Response.WriteAsync("""{ "schema": 1, "node": { "cluster": "c", "synchronized": true } }""");
                return;
            }

            asked.Add(http.Request.Headers["Last-Event-ID"].ToString());
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("retry: 10\n\n");
            await http.Response.WriteAsync(bodies[count]);
            await http.Response.Body.FlushAsync();
            if (++count == bodies.Length)
                await FakeEndpoint.HangAsync(http);
        });
    }

    private Task<CommandRun> WatchAtAsync(FakeEndpoint endpoint, params string[] more) =>
        CommandRun.OfAsync(_output, _error, ["watch", "--url", endpoint.Url, "--directory", _folder.Path, .. more]);

    private Task<CommandRun> WatchAsync(string? service, params string[] more) =>
        CommandRun.OfAsync(_output, _error, ["watch", .. service is null ? [] : (string[])[service], "--directory", _folder["run"], .. more]);

    private Task<TestApp> StartAsync(string service, TestApp? seed = null, string environment = "Production", string? cluster = null, string? directory = null) => TestApp.StartAsync(
        service,
        seed,
        options =>
        {
            options.NodeName = $"{service}-1";
            options.Cluster = seed is null ? cluster ?? "watched" : options.Cluster;
            options.MachineDirectory = directory ?? _folder["run"];
            options.AddressBook = "none";
        },
        map: app => app.MapGossip(),
        environment: environment);
}
