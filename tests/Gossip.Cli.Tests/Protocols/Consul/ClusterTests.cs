using System.Net;

namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>A service of a Consul client within the whole cluster: other agents' readers and callers by name see it, and its end.</summary>
public sealed class ClusterTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_client_registers_is_found_by_name_and_by_readers_of_another_agent()
    {
        await using var cluster = new TestCluster();
        await using var caller = await cluster.StartOneAsync("caller");
        await using var here = await ConsulAgent.StartAsync(_folder, caller, state: "here");
        await using var there = await ConsulAgent.StartAsync(_folder, caller, state: "there");

        await here.RegisterAsync("""{ "ID": "web-1", "Name": "web", "Address": "10.1.2.3", "Port": 8080, "Tags": [ "v1", "v1", "" ], "Meta": { "version": "2.1.0", "secure": "true" }, "Weights": { "Passing": 3, "Warning": 1 }, "Check": { "TTL": "1h" } }""");
        // It was never well: its own agent shows it, and the cluster is not told.
        Assert.Equal(["web-1"], await here.IdsAsync("web"));
        Assert.Empty(await here.IdsAsync("web", "passing"));
        Assert.Empty(caller.Discovery.Current.GetAllInstances("web"));

        await here.DoAsync("/v1/agent/check/pass/service:web-1");
        var instance = Assert.Single(await caller.Discovery.WaitForAsync("web", cancellationToken: Eventually.Patience()));
        Assert.Equal(("https://10.1.2.3:8080/", "2.1.0", 300), (instance.Uri!.ToString(), instance.Version, instance.Weight));
        Assert.Equal(["v1"], instance.Tags);
        await Eventually.HoldsAsync(async () => (await there.IdsAsync("web", "passing")).SequenceEqual(["web-1"]), "the other agent's readers see it");
        var row = (await there.GetAsync("/v1/health/service/web")).Json[0];
        Assert.Equal(("10.1.2.3", 8080, 3), (row.GetProperty("Service").GetProperty("Address").GetString(), row.GetProperty("Service").GetProperty("Port").GetInt32(), row.GetProperty("Service").GetProperty("Weights").GetProperty("Passing").GetInt32()));

        await here.DoAsync("/v1/agent/service/maintenance/web-1?enable=true&reason=deploy");
        await caller.SeesAsync(seen => seen.GetAllInstances("web") is [{ State: ServiceState.Draining, Reason: "deploy" }], "that it drains");
        await Eventually.HoldsAsync(async () => (await there.IdsAsync("web", "passing")).Length == 0, "nobody there is sent to it");
        await here.DoAsync("/v1/agent/service/maintenance/web-1?enable=false");
        await caller.SeesAsync(seen => seen.GetInstances("web").Count == 1, "that it is back");

        await here.DoAsync("/v1/agent/service/deregister/web-1");
        Assert.Empty(await here.IdsAsync("web"));
        await caller.SeesAsync(seen => seen.GetAllInstances("web").Count == 0, "that it is gone");
    }

    [Fact]
    public async Task A_member_that_embeds_a_node_is_a_node_of_the_catalog_with_its_services()
    {
        await using var cluster = new TestCluster();
        await using var shop = await cluster.StartOneAsync("shop-1", options => options.Zone = "east");
        await using var agent = await ConsulAgent.StartAsync(_folder, shop);
        await using var payments = await shop.Registrar.RegisterAsync(TestCluster.Payments() with { Tags = ["blue"], Metadata = new Dictionary<string, string> { ["team"] = "a" } });

        await Eventually.HoldsAsync(async () => (await agent.IdsAsync("payments", "passing&tag=BLUE&node-meta=zone:east")).SequenceEqual(["p1"]), "payments is passing");
        var (nodes, _) = await agent.GetAsync("/v1/catalog/nodes");
        Assert.Contains("shop-1", nodes.EnumerateArray().Select(node => node.GetProperty("Node").GetString()));
        var (_, index) = await agent.GetAsync("/v1/catalog/node/shop-1");
        var waiting = agent.GetAsync($"/v1/health/service/payments?index={index}&wait=10m");
        await payments.UpdateAsync(record => record with { State = ServiceState.Degraded, Reason = "slow" });
        var check = (await waiting).Json[0].GetProperty("Checks")[1];
        Assert.Equal(("warning", "slow"), (check.GetProperty("Status").GetString(), check.GetProperty("Output").GetString()));
    }

    [Fact]
    public async Task What_was_told_is_kept_and_only_what_reports_again_is_passing()
    {
        await using (var first = await ConsulAgent.StartAsync(_folder))
        {
            await first.RegisterAsync("""{ "Name": "beats", "Port": 80, "Check": { "TTL": "1h", "Status": "passing" } }""");
            await first.RegisterAsync("""{ "Name": "plain", "Port": 81 }""");
            await first.DoAsync("/v1/catalog/register", """{ "Node": "db", "Address": "10.9.9.9", "Service": { "ID": "pg", "Service": "postgres", "Port": 5432 }, "Check": { "CheckID": "up", "Name": "up", "Status": "passing", "ServiceID": "pg" } }""");
            await first.DoAsync("/v1/agent/maintenance?enable=true&reason=reboot");
            Assert.Equal(["beats", "plain", "pg"], [.. await first.IdsAsync("beats"), .. await first.IdsAsync("plain"), .. await first.IdsAsync("postgres")]);
        }

        await using var next = await ConsulAgent.StartAsync(_folder);
        Assert.Empty(await next.IdsAsync("plain", "passing"));
        await next.DoAsync("/v1/agent/maintenance?enable=false");
        Assert.Equal(["pg"], await next.IdsAsync("postgres", "passing"));
        Assert.Equal(["plain"], await next.IdsAsync("plain", "passing"));
        Assert.Equal(["beats"], await next.IdsAsync("beats"));
        Assert.Empty(await next.IdsAsync("beats", "passing"));
        await next.DoAsync("/v1/agent/check/pass/service:beats");
        Assert.Equal(["beats"], await next.IdsAsync("beats", "passing"));
        await next.Discovery.WaitForAsync("postgres", cancellationToken: Eventually.Patience());
        Assert.Equal("http://10.9.9.9:5432/", Assert.Single(next.Discovery.GetInstances("postgres")).Uri!.ToString());
    }

    [Fact]
    public async Task When_its_agent_is_killed_readers_elsewhere_pass_a_service_over_and_the_next_agent_has_it()
    {
        await using var cluster = new TestCluster();
        await using var seed = await cluster.StartOneAsync("seed");
        await using var reader = await ConsulAgent.StartAsync(_folder, seed, state: "reader");
        using var folder = new TestFolder();
        await using (var killed = await ConsulClient.StartAsync(folder, seed))
        {
            await killed.RegisterAsync("""{ "Name": "web", "Port": 80 }""");
            await Eventually.HoldsAsync(async () => (await reader.IdsAsync("web", "passing")).SequenceEqual(["web"]), "web is passing");
            var (_, index) = await reader.GetAsync("/v1/health/service/web");
            var waiting = reader.GetAsync($"/v1/health/service/web?passing&index={index}&wait=10m");
            await killed.KillAsync();
            Assert.Equal(0, (await waiting).Json.GetArrayLength());
        }

        await using var next = await ConsulClient.StartAsync(folder, seed);
        await Eventually.HoldsAsync(async () => (await reader.IdsAsync("web", "passing")).SequenceEqual(["web"]), "web is passing again");
    }

    [Fact]
    public async Task A_service_of_a_file_is_listed_and_not_a_clients_to_change()
    {
        _folder.Write("services.d/web.json", """{ "name": "web", "endpoints": [ { "port": 8080 } ], "tags": [ "a" ] }""");
        await using var agent = await ConsulAgent.StartAsync(_folder);
        await agent.Discovery.WaitForAsync("web", cancellationToken: Eventually.Patience());
        await Eventually.HoldsAsync(async () => (await agent.IdsAsync("web", "passing")).SequenceEqual(["web"]), "web is passing");
        Assert.Equal(8080, (await agent.GetAsync("/v1/agent/service/web")).Json.GetProperty("Port").GetInt32());
        var (status, text) = await agent.PutAsync("/v1/agent/service/register", """{ "Name": "web" }""");
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, text.Contains("web.json", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.BadRequest, (await agent.PutAsync("/v1/agent/service/deregister/web")).Status);
    }
}
