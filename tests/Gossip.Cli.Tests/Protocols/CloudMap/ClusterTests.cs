namespace Gossip.Cli.Tests.Protocols.CloudMap;

/// <summary>An instance of an SDK's client within the whole cluster: other agents' readers and callers by name see it, and its end.</summary>
public sealed class ClusterTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_client_registers_is_found_by_name_and_by_readers_of_another_agent()
    {
        await using var cluster = new TestCluster();
        await using var caller = await cluster.StartOneAsync("caller");
        await using var here = await CloudMapAgent.StartAsync(_folder, caller, state: "here");
        await using var there = await CloudMapAgent.StartAsync(_folder, caller, state: "there");

        await here.RegisterAsync("web", "i-1", """ "AWS_INSTANCE_IPV4": "10.1.2.3", "AWS_INSTANCE_PORT": "8080", "secure": "true", "stage": "beta" """);
        var instance = Assert.Single(await caller.Discovery.WaitForAsync("web", cancellationToken: Eventually.Patience()));
        Assert.Equal("https://10.1.2.3:8080/", instance.Uri!.ToString());
        await Eventually.HoldsAsync(async () => (await there.HealthyAsync("web")).SequenceEqual(["i-1"]), "the other agent's readers see it");
        var found = (await there.DiscoverAsync("web", """, "QueryParameters": { "stage": "beta" }""")).GetProperty("Instances")[0];
        var attributes = CloudMapClient.Pairs(found, "Attributes");
        Assert.Equal(("10.1.2.3", "8080", "true"), (attributes["AWS_INSTANCE_IPV4"], attributes["AWS_INSTANCE_PORT"], attributes["secure"]));

        // Only where it was registered it is changed.
        var refused = await there.RefusedAsync("UpdateInstanceCustomHealthStatus", """{ "ServiceId": "srv-web", "InstanceId": "i-1", "Status": "UNHEALTHY" }""");
        Assert.Equal(("InstanceNotFound", true), (refused.Type, refused.Message.Contains("send UpdateInstanceCustomHealthStatus to that agent", StringComparison.Ordinal)));
        Assert.Equal("ResourceInUse", (await there.RefusedAsync("DeleteService", """{ "Id": "srv-web" }""")).Type);
        var revision = await there.RevisionAsync("web");
        await here.ReportAsync("web", "i-1", "UNHEALTHY");
        await Eventually.HoldsAsync(async () => (await there.HealthyAsync("web")).Length == 0, "nobody there is sent to it");
        Assert.True(await there.RevisionAsync("web") > revision);
        await caller.SeesAsync(seen => seen.GetInstances("web").Count == 0, "that it is not well");
        await here.ReportAsync("web", "i-1", "HEALTHY");
        await caller.SeesAsync(seen => seen.GetInstances("web").Count == 1, "that it is well again");

        await here.DeregisterAsync("web", "i-1");
        await caller.SeesAsync(seen => seen.GetAllInstances("web").Count == 0, "that it is gone");
        await Eventually.HoldsAsync(async () => (await there.IdsAsync("web")).Length == 0, "the other agent's readers find the service without an instance");
    }

    [Fact]
    public async Task A_service_that_embeds_a_node_is_discovered_with_its_zone_and_version()
    {
        await using var cluster = new TestCluster();
        await using var shop = await cluster.StartOneAsync("shop-1", options => options.Zone = "east");
        await using var agent = await CloudMapAgent.StartAsync(_folder, shop);
        await using var payments = await shop.Registrar.RegisterAsync(TestCluster.Payments() with { Version = "2.1.0", Metadata = new Dictionary<string, string> { ["team"] = "a" } });

        await Eventually.HoldsAsync(async () => (await agent.HealthyAsync("payments")).SequenceEqual(["shop-1/p1"]), "payments is there");
        var found = (await agent.DiscoverAsync("payments", """, "QueryParameters": { "zone": "east", "version": "2.1.0" }""")).GetProperty("Instances")[0];
        Assert.Equal(
            new Dictionary<string, string> { ["AWS_INSTANCE_IPV4"] = "127.0.0.1", ["AWS_INSTANCE_PORT"] = "5001", ["team"] = "a", ["version"] = "2.1.0", ["zone"] = "east" },
            CloudMapClient.Pairs(found, "Attributes"));
        var services = (await agent.DoAsync("ListServices", "{}")).GetProperty("Services").EnumerateArray();
        Assert.Equal(["payments"], services.Select(service => CloudMapClient.Text(service, "Name")));
        Assert.Equal("InstanceNotFound", (await agent.RefusedAsync("DeregisterInstance", """{ "ServiceId": "srv-payments", "InstanceId": "shop-1/p1" }""")).Type);
        await payments.UpdateAsync(record => record with { State = ServiceState.Starting });
        await Eventually.HoldsAsync(
            async () => CloudMapClient.Pairs(await agent.DoAsync("GetInstancesHealthStatus", """{ "ServiceId": "srv-payments" }"""), "Status")["shop-1/p1"] == "UNKNOWN", "it is neither");
    }

    [Fact]
    public async Task When_its_agent_is_killed_readers_elsewhere_lose_it_and_the_next_agent_has_it()
    {
        await using var cluster = new TestCluster();
        await using var seed = await cluster.StartOneAsync("seed");
        await using var reader = await CloudMapAgent.StartAsync(_folder, seed, state: "reader");
        using var folder = new TestFolder();
        long revision;
        await using (var killed = await CloudMapClient.StartAsync(folder, seed))
        {
            await killed.RegisterAsync("web", "i-1", """ "AWS_INSTANCE_IPV4": "10.1.2.3" """);
            await Eventually.HoldsAsync(async () => (await reader.HealthyAsync("web")).SequenceEqual(["i-1"]), "web is there");
            revision = await killed.RevisionAsync("web");
            await killed.KillAsync();
        }

        await using var next = await CloudMapClient.StartAsync(folder, seed);
        // What the killed one had is there beside it until the others know that it is the same.
        Assert.Contains("i-1", await next.HealthyAsync("web"));
        await Eventually.HoldsAsync(async () => (await next.HealthyAsync("web")).SequenceEqual(["i-1"]), "web is there, and once");
        Assert.True(await next.RevisionAsync("web") > revision);
        await Eventually.HoldsAsync(async () => (await reader.IdsAsync("web")).SequenceEqual(["i-1"]) && (await reader.HealthyAsync("web")).Length == 1, "web is there, and once");
    }

    [Fact]
    public async Task What_was_told_is_kept_over_a_restart()
    {
        await using (var first = await CloudMapAgent.StartAsync(_folder))
        {
            await first.DoAsync("CreateService", """{ "Name": "empty", "Description": "nobody yet" }""");
            await first.RegisterAsync("web", "well", """ "AWS_INSTANCE_IPV4": "10.1.2.3", "AWS_INSTANCE_PORT": "80", "k": "v" """);
            await first.RegisterAsync("web", "ill", "");
            await first.ReportAsync("web", "ill", "UNHEALTHY");
            await first.RegisterAsync("web", "gone", "");
            await first.DeregisterAsync("web", "gone");
        }

        await using var next = await CloudMapAgent.StartAsync(_folder);
        Assert.Equal(["well"], await next.HealthyAsync("web"));
        Assert.Equal(["ill", "well"], await next.IdsAsync("web"));
        Assert.Equal("http://10.1.2.3/", Assert.Single(next.Discovery.GetInstances("web")).Uri!.ToString());
        var service = (await next.DoAsync("GetService", """{ "Id": "srv-empty" }""")).GetProperty("Service");
        Assert.Equal("nobody yet", CloudMapClient.Text(service, "Description"));
    }

    [Fact]
    public async Task What_cannot_be_read_any_more_is_left_out_and_the_rest_is_there()
    {
        _folder.Write("state/cloudmap.json", """
            { "schema": 1, "services": [
              { "id": "instance/web/i-1", "definition": { "Service": "web", "InstanceId": "i-1", "Attributes": { } } },
              { "id": "instance/web/i-2", "definition": { "Service": "web", "InstanceId": "i-2", "Attributes": null } },
              { "id": "instance/none/i", "definition": { "Service": "none", "InstanceId": "i", "Attributes": { } } },
              { "id": "service/a b", "definition": { "Name": "a b" } }, { "id": "service/x" }, { "id": "what", "definition": { } },
              { "id": "service/web", "definition": { "Name": "web" } } ] }
            """);
        await using var agent = await CloudMapAgent.StartAsync(_folder);
        Assert.Equal(["i-1"], await agent.IdsAsync("web"));
        var services = (await agent.DoAsync("ListServices", "{}")).GetProperty("Services").EnumerateArray();
        Assert.Equal(["web"], services.Select(service => CloudMapClient.Text(service, "Name")));
    }

    [Fact]
    public async Task Instances_of_one_id_at_two_agents_are_two()
    {
        await using var cluster = new TestCluster();
        await using var seed = await cluster.StartOneAsync("seed");
        await using var here = await CloudMapAgent.StartAsync(_folder, seed, state: "here");
        await using var there = await CloudMapAgent.StartAsync(_folder, seed, state: "there");
        await here.RegisterAsync("web", "i-1", """ "AWS_INSTANCE_IPV4": "10.0.0.1" """);
        await there.RegisterAsync("web", "i-1", """ "AWS_INSTANCE_IPV4": "10.0.0.2" """);
        await Eventually.HoldsAsync(async () => (await here.HealthyAsync("web")).Length == 2, "both are there");
        // Who asks for one of them is told of that of the agent.
        var own = (await here.DoAsync("GetInstance", """{ "ServiceId": "srv-web", "InstanceId": "i-1" }""")).GetProperty("Instance");
        Assert.Equal("10.0.0.1", CloudMapClient.Pairs(own, "Attributes")["AWS_INSTANCE_IPV4"]);
        var (_, listed) = await here.AskAsync("ListInstances", """{ "ServiceId": "srv-web", "MaxResults": 1 }""");
        Assert.True(listed.TryGetProperty("NextToken", out _));
    }
}
