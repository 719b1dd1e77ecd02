using System.Net;
using Gossip.Cli.Tests.Processes;

namespace Gossip.Cli.Tests.Protocols.Eureka;

/// <summary>An instance of a Eureka client within the whole cluster: readers of other agents and callers by name see it, and its end.</summary>
public sealed class ClusterTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Who_registers_under_the_id_of_one_that_was_cancelled_is_not_drained_for_it()
    {
        await using var agent = await FacadeAgent.StartAsync(_folder, more: [new("Agent:Socket", _folder["agent.sock"])]);
        using var own = AgentProcess.ApiAt(_folder["agent.sock"]);
        await agent.RegisterAsync("shop", "shop:1");
        using var drained = await own.PutAsync("/v1/services/SHOP:shop:1/drain", null);
        Assert.Equal(HttpStatusCode.NoContent, drained.StatusCode);
        await agent.SeesAsync("SHOP/shop:1 OUT_OF_SERVICE");
        Assert.Equal(HttpStatusCode.OK, (await agent.SendAsync("DELETE", "/eureka/apps/SHOP/shop:1")).Status);
        await agent.RegisterAsync("shop", "shop:1");
        await Eventually.HoldsAsync(() => agent.Discovery.Current.GetInstances("shop").Count == 1, "it is called");
        await agent.SeesAsync("SHOP/shop:1 UP");
    }

    [Fact]
    public async Task What_a_client_registers_is_called_by_name_and_read_at_another_agent_as_its_client_said_it()
    {
        await using var cluster = new TestCluster();
        await using var caller = await cluster.StartOneAsync("caller");
        await using var here = await FacadeAgent.StartAsync(_folder, caller, state: "here");
        await using var there = await FacadeAgent.StartAsync(_folder, caller, state: "there");

        await here.RegisterAsync("shop", "shop:1", metadata: """{ "version": "2.1.0", "zone": "east", "color": "green", "eureka.id": "forged" }""", status: "STARTING",
            more: """ "securePort": { "$": 8443, "@enabled": "true" }, "secureVipAddress": "shop-s", "homePageUrl": "http://127.0.0.1:8081/home", "healthCheckUrl": "http://127.0.0.1:8081/health", "appGroupName": "G", """);
        await caller.SeesAsync(seen => seen.GetAllInstances("shop") is [{ State: ServiceState.Starting }], "that it starts");
        await there.SeesAsync("SHOP/shop:1 STARTING");
        Assert.Equal(HttpStatusCode.OK, (await here.SendAsync("PUT", "/eureka/apps/SHOP/shop:1?status=UP")).Status);
        var instance = Assert.Single(await caller.Discovery.WaitForAsync("shop", cancellationToken: Eventually.Patience()));
        Assert.Equal(("http://127.0.0.1:8081/", "https://127.0.0.1:8443/", "2.1.0", "east", "green"), (instance.Uri!.ToString(), instance.FindUri("https")!.ToString(), instance.Version, instance.Zone, instance.Metadata["color"]));
        Assert.NotNull(instance.Lease);

        await there.SeesAsync("SHOP/shop:1 UP");
        var (own, read) = ((await here.GetAsync("/eureka/apps/shop/shop:1")).GetProperty("instance"), (await there.GetAsync("/eureka/apps/shop/shop:1")).GetProperty("instance"));
        foreach (var key in new[] { "instanceId", "hostName", "app", "ipAddr", "status", "port", "securePort", "vipAddress", "secureVipAddress", "homePageUrl", "healthCheckUrl", "appGroupName", "dataCenterInfo" })
            Assert.Equal(own.GetProperty(key).GetRawText(), read.GetProperty(key).GetRawText());
        Assert.Equal(["color green", "version 2.1.0", "zone east"], read.GetProperty("metadata").EnumerateObject().Select(pair => $"{pair.Name} {pair.Value}").Order());
        Assert.Equal("SHOP", (await there.GetAsync("/eureka/svips/shop-s")).GetProperty("applications").GetProperty("application")[0].GetProperty("name").GetString());

        // It is not the other agent's to renew or to change.
        foreach (var (method, path) in new[] { ("PUT", ""), ("DELETE", ""), ("PUT", "/status?value=DOWN"), ("PUT", "/metadata?a=b") })
            Assert.Equal(HttpStatusCode.NotFound, (await there.SendAsync(method, $"/eureka/apps/SHOP/shop:1{path}")).Status);

        await here.SendAsync("PUT", "/eureka/apps/SHOP/shop:1/status?value=OUT_OF_SERVICE");
        await caller.SeesAsync(seen => seen.GetAllInstances("shop") is [{ State: ServiceState.Draining }], "that it drains");
        await there.SeesAsync("SHOP/shop:1 OUT_OF_SERVICE");
        await here.SendAsync("DELETE", "/eureka/apps/SHOP/shop:1/status");
        await caller.SeesAsync(seen => seen.GetInstances("shop").Count == 1, "that it is back");
        await here.SendAsync("PUT", "/eureka/apps/SHOP/shop:1?status=DOWN");
        await caller.SeesAsync(seen => seen.GetAllInstances("shop") is [{ State: ServiceState.Unhealthy }], "that it is down");

        await here.SendAsync("DELETE", "/eureka/apps/SHOP/shop:1");
        Assert.Empty(await here.AllAsync());
        await caller.SeesAsync(seen => seen.GetAllInstances("shop").Count == 0, "that it is gone");
        await there.SeesAsync();
    }

    [Fact]
    public async Task A_service_that_embeds_a_node_is_an_application()
    {
        await using var cluster = new TestCluster();
        await using var shop = await cluster.StartOneAsync("shop-1", options => options.Zone = "east");
        await using var agent = await FacadeAgent.StartAsync(_folder, shop);
        await using var payments = await shop.Registrar.RegisterAsync(TestCluster.Payments() with
        {
            Version = "1.0.0", Metadata = new Dictionary<string, string> { ["team"] = "a" }, Endpoints = [new("https", "https", "127.0.0.1", 5443), new("admin", "http", "127.0.0.1", 5001)],
        });

        await agent.SeesAsync("PAYMENTS/shop-1:p1 UP");
        var one = (await agent.GetAsync("/eureka/vips/payments")).GetProperty("applications").GetProperty("application")[0].GetProperty("instance")[0];
        Assert.Equal("""{"team":"a","zone":"east","version":"1.0.0"}""", one.GetProperty("metadata").GetRawText());
        Assert.Equal((5001, 5443, "127.0.0.1", "http://127.0.0.1:5001/"), (one.GetProperty("port").GetProperty("$").GetInt32(), one.GetProperty("securePort").GetProperty("$").GetInt32(), one.GetProperty("hostName").GetString(), one.GetProperty("homePageUrl").GetString()));

        await payments.UpdateAsync(record => record with { State = ServiceState.Degraded, Endpoints = [new("https", "https", "127.0.0.1", 5443)] });
        await Eventually.HoldsAsync(async () => (await agent.GetXmlAsync("/eureka/apps")).Descendants("port").Single() is { Value: "5443" } port && port.Attribute("enabled")!.Value == "false", "it has no other port");
        await payments.UpdateAsync(record => record with { State = ServiceState.Unhealthy });
        await agent.SeesAsync("PAYMENTS/shop-1:p1 DOWN");
        await payments.DisposeAsync();
        await agent.SeesAsync();
    }

    [Fact]
    public async Task A_service_of_a_file_is_read_and_not_a_clients_to_change()
    {
        _folder.Write("services.d/web.json", """{ "id": "WEB:web-1", "name": "web", "endpoints": [ { "port": 8080 } ] }""");
        await using var agent = await FacadeAgent.StartAsync(_folder);
        await agent.SeesAsync($"WEB/agent@{Environment.MachineName}:WEB:web-1 UP");
        var (status, text) = await agent.SendAsync("POST", "/eureka/apps/web", FacadeAgent.Instance("web", "web-1"));
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, text.Contains("web.json", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.NotFound, (await agent.SendAsync("DELETE", $"/eureka/apps/web/agent@{Environment.MachineName}:WEB:web-1")).Status);
    }

    [Fact]
    public async Task When_its_agent_is_killed_an_instance_is_gone_after_the_lease_and_its_client_registers_at_another()
    {
        await using var cluster = new TestCluster();
        await using var caller = await cluster.StartOneAsync("caller");
        await using var there = await FacadeAgent.StartAsync(_folder, caller, state: "there");
        using var folder = new TestFolder();
        await using (var killed = await FacadeAgent.StartProcessAsync(folder, caller, "--set", "Agent:Lease=1s"))
        {
            await killed.RegisterAsync("shop", "shop:1");
            await there.SeesAsync("SHOP/shop:1 UP");
            await killed.KillAsync();
        }

        await there.SeesAsync();
        await caller.SeesAsync(seen => seen.GetAllInstances("shop").Count == 0, "that it is gone");
        Assert.Equal(HttpStatusCode.NotFound, (await there.SendAsync("PUT", "/eureka/apps/SHOP/shop:1")).Status);
        await there.RegisterAsync("shop", "shop:1");
        Assert.Equal(["SHOP/shop:1 UP"], await there.AllAsync());
        await caller.SeesAsync(seen => seen.GetInstances("shop").Count == 1, "that it is back");
    }

    [Fact]
    public async Task One_that_has_moved_is_there_once_and_what_an_operator_drains_is_out_of_service()
    {
        await using var cluster = new TestCluster();
        await using var seed = await cluster.StartOneAsync("seed");
        await using var here = await FacadeAgent.StartAsync(_folder, seed, [new("Agent:Socket", _folder["agent.sock"])], state: "here");
        await using var there = await FacadeAgent.StartAsync(_folder, seed, state: "there");
        await here.RegisterAsync("shop", "shop:1", 81);
        await there.SeesAsync("SHOP/shop:1 UP");
        await there.RegisterAsync("shop", "shop:1", 82);
        await seed.SeesAsync(seen => seen.GetInstances("shop").Count == 2, "that both agents have it");
        Assert.Equal(82, (await there.GetAsync("/eureka/apps/shop/shop:1")).GetProperty("instance").GetProperty("port").GetProperty("$").GetInt32());
        Assert.Equal(["SHOP/shop:1 UP"], await here.AllAsync());

        using var api = Processes.AgentProcess.ApiAt(_folder["agent.sock"]);
        using var drained = await api.PutAsync($"/v1/services/{Uri.EscapeDataString("SHOP:shop:1")}/drain", null);
        Assert.Equal(HttpStatusCode.NoContent, drained.StatusCode);
        await here.SeesAsync("SHOP/shop:1 OUT_OF_SERVICE");
    }
}
