using Gossip.Cli.Commands;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Tests.Commands;

/// <summary>The agent's node is asked as any other, by the agent's socket or its address.</summary>
public sealed class AgentEndpointTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private readonly string _url = $"http://127.0.0.1:{TestPorts.Free()}";
    private IHost _host = null!;

    private IServiceDiscovery Discovery => _host.Services.GetRequiredService<IServiceDiscovery>();

    public async Task InitializeAsync()
    {
        foreach (var id in (string[])["shop", "till-1", "till-2"])
            _folder.Write($"services.d/{id}.json", $$"""{ "id": "{{id}}", "name": "{{id.Split('-')[0]}}", "endpoints": [ { "port": 8080 } ] }""");
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ApplicationName = "image" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Agent:ServicesFolder"] = _folder["services.d"],
            ["Agent:StateFolder"] = _folder["state"],
            ["Agent:Socket"] = _folder["agent.sock"],
            ["Agent:Url"] = _url,
            ["Agent:ReconcileInterval"] = "200ms",
            ["Gossip:Cluster"] = _folder.Path,
            ["Gossip:Port"] = "0",
            ["Gossip:NodeName"] = "agent-1",
        });
        builder.Logging.ClearProviders();
        builder.AddGossipAgent();
        builder.AddGossipNode(options => options.MachineDirectory = "none");
        _host = builder.Build();
        await _host.StartAsync();
        foreach (var (service, count) in new[] { ("shop", 1), ("till", 2) })
            await Eventually.HoldsAsync(() => Discovery.GetInstances(service).Count == count, service);
    }

    public async Task DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Its_socket_is_found_in_the_machine_directory_and_answers_what_an_endpoint_does()
    {
        Assert.Equal("alive", (await RunAsync("members")).Ends(0).Row("agent-1")["STATE"]);
        Assert.Equal("agent-1", (await RunAsync("members", "--json")).Ends(0).Json.GetProperty("members")[0].GetProperty("name").GetString());
        Assert.Equal("127.0.0.1:8080\n", (await RunAsync("resolve", "shop")).Ends(0).Output);
        foreach (var command in (string[])["services", "services till", "why shop", "why agent-1", "timeline", "graph", "rotate"])
            (await RunAsync(command.Split(' '))).Ends(0);
        Assert.InRange((await RunAsync("doctor")).ExitCode, 0, 1);
        (await RunAsync("services", "nobody")).Complains(1, "No service 'nobody' is known here.");
        (await CommandRun.OfAsync("members", "--socket", _folder["agent.sock"])).Ends(0);
        (await CommandRun.OfAsync("members", "--socket", _folder["none.sock"])).Complains(3, $"the agent at {_folder["none.sock"]}");
    }

    [Fact]
    public async Task Its_address_answers_those_who_bring_its_token()
    {
        (await CommandRun.OfAsync("members", "--url", _url, "--directory", _folder["none"])).Complains(4, "The token of this agent is needed");
        (await CommandRun.OfAsync("members", "--url", _url, "--token-file", _folder["state/agent.token"])).Ends(0);
    }

    [Fact]
    public async Task No_browser_opens_a_socket() =>
        (await RunAsync("open")).Complains(3, "There is only an agent here, and no browser opens its socket.");

    [Fact]
    public async Task A_service_that_it_looks_after_is_drained_and_resumed()
    {
        Assert.Equal("'shop' takes no new calls, until --resume.\n", (await RunAsync("drain", "shop", "--reason", "deploy 17")).Ends(0).Output);
        await Eventually.HoldsAsync(() => Discovery.Current.GetAllInstances("shop") is [{ State: ServiceState.Draining, Reason: "deploy 17" }], "draining");
        Assert.Equal("'shop' takes calls again.\n", (await RunAsync("drain", "shop", "--resume")).Ends(0).Output);
        await Eventually.HoldsAsync(() => Discovery.GetInstances("shop").Count == 1, "ready");
        (await RunAsync("drain", "till")).Complains(2, "'till' has 2 instances; name one by its id: till-1, till-2.");
        Assert.True((await RunAsync("drain", "till-2", "--json")).Ends(0).Json.GetProperty("drains").GetBoolean());
        (await RunAsync("drain", "nobody")).Complains(1, "No instance or service 'nobody' is known");
        (await RunAsync("drain", "till-1", "--cluster", "another")).Complains(3, "No node was found on this machine");
        (await CommandRun.OfAsync("drain", "till-1", "--cluster", "another", "--socket", _folder["agent.sock"]))
            .Complains(3, $"is of cluster '{_folder.Path}', and --cluster is 'another'. Nothing was ordered.");
        Assert.Single(Discovery.Current.GetAllInstances("till"), one => one.State == ServiceState.Ready);
        (await RunAsync("drain", "till-1", "--cluster", _folder.Path)).Ends(0);
    }

    [Fact]
    public async Task Who_watches_does_not_hold_up_its_end()
    {
        using var client = new EndpointClient(
            [new EndpointTarget(new Uri("http://agent/gossip")) { Socket = _folder["agent.sock"] }], Eventually.Deadline, _ => { });
        using var answer = await client.FollowAsync(null, Eventually.Patience());
        using var body = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.StartsWith("retry:", await body.ReadLineAsync(Eventually.Patience()), StringComparison.Ordinal);
        var ended = body.ReadToEndAsync(Eventually.Patience());
        await _host.StopAsync(Eventually.Patience());
        // The connection ends, in whatever way, before the host has: it did not wait until it lost its patience and cut all of them.
        await ended.ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.False(ended.IsCanceled);
    }

    private Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.OfAsync([.. arguments, "--directory", _folder.Path]);
}
