using System.Net;
using System.Text.Json;
using Gossip.Cli.Tests.Processes;

namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>What the façade keeps over a restart, undoes with what is refused, and leaves behind: nothing that was not told.</summary>
public sealed class KeepingTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_report_of_a_service_or_of_the_node_counts_at_the_next_start_too()
    {
        await using (var first = await ConsulAgent.StartAsync(_folder))
        {
            await first.RegisterAsync("""{ "Name": "beats", "Port": 80, "Check": { "TTL": "1h" } }""");
            await first.DoAsync("/v1/agent/check/register", """{ "Name": "disk", "TTL": "1h" }""");
            await first.DoAsync("/v1/agent/check/pass/service:beats?note=well");
            await first.DoAsync("/v1/agent/check/pass/disk?note=91%25");
        }

        await using var next = await ConsulAgent.StartAsync(_folder);
        Assert.Equal(["beats"], await next.IdsAsync("beats", "passing"));
        var checks = (await next.GetAsync("/v1/agent/checks")).Json;
        Assert.Equal([("passing", "well"), ("passing", "91%")], new[] { "service:beats", "disk" }.Select(id => (Text(checks, id, "Status"), Text(checks, id, "Output"))));
        Assert.Equal(["beats"], next.Discovery.Current.GetInstances("beats").Select(one => one.InstanceId));
    }

    [Fact]
    public async Task A_drain_by_the_agents_own_API_is_maintenance_to_readers_and_ends_with_it()
    {
        await using var agent = await ConsulAgent.StartAsync(_folder, more: [new("Agent:Socket", _folder["agent.sock"])]);
        using var own = AgentProcess.ApiAt(_folder["agent.sock"]);
        await agent.RegisterAsync("""{ "Name": "web", "Port": 80 }""");
        foreach (var (method, count) in new[] { (HttpMethod.Put, 0), (HttpMethod.Delete, 1) })
        {
            var (_, index) = await agent.GetAsync("/v1/health/service/web");
            var waiting = agent.GetAsync($"/v1/health/service/web?passing&index={index}&wait=10m");
            using var done = await own.SendAsync(new HttpRequestMessage(method, "/v1/services/web/drain"));
            Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
            Assert.Equal(count, (await waiting).Json.GetArrayLength());
        }
    }

    [Fact]
    public async Task A_service_that_comes_again_is_not_in_the_maintenance_of_the_one_before()
    {
        await using var agent = await ConsulAgent.StartAsync(_folder, more: [new("Agent:Socket", _folder["agent.sock"])]);
        using var own = AgentProcess.ApiAt(_folder["agent.sock"]);
        await agent.RegisterAsync("""{ "Name": "web", "Port": 80 }""");
        await agent.DoAsync("/v1/agent/service/maintenance/web?enable=true");
        await agent.DoAsync("/v1/agent/service/deregister/web");
        await agent.RegisterAsync("""{ "Name": "web", "Port": 80 }""");
        Assert.Equal(["web"], await agent.IdsAsync("web", "passing"));
        await agent.DoAsync("/v1/agent/service/deregister/web");
        // A file that goes may come back, and an operator's drain lasts until it is taken back: also while the file is not there.
        Directory.CreateDirectory(_folder["services.d"]);
        await File.WriteAllTextAsync(_folder["services.d/web.json"], """{ "id": "web", "name": "web", "checks": [ { "type": "ttl", "ttl": "1h" } ] }""");
        await Eventually.HoldsAsync(async () => (await agent.GetAsync("/v1/agent/services")).Json.TryGetProperty("web", out _), "the file's service is there");
        await agent.DoAsync("/v1/agent/service/maintenance/web?enable=true");
        File.Delete(_folder["services.d/web.json"]);
        await Eventually.HoldsAsync(async () => !(await agent.GetAsync("/v1/agent/services")).Json.TryGetProperty("web", out _), "the file's service is gone");
        using var none = await own.PutAsync("/v1/services/web/drain", null);
        using var back = await own.DeleteAsync("/v1/services/web/drain");
        using var again = await own.DeleteAsync("/v1/services/web/drain");
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NoContent, HttpStatusCode.NotFound), (none.StatusCode, back.StatusCode, again.StatusCode));
    }

    [Fact]
    public async Task What_the_catalog_is_told_is_entered_as_a_whole_or_not_at_all()
    {
        await using var agent = await ConsulAgent.StartAsync(_folder);
        var (_, index) = await agent.GetAsync("/v1/catalog/nodes");
        var waiting = agent.GetAsync($"/v1/catalog/nodes?index={index}&wait=10m");
        await agent.HasBlockedAsync(1);
        var (status, _) = await agent.PutAsync("/v1/catalog/register", $$"""{ "Node": "db", "Address": "10.9.9.9", "Service": { "ID": "pg", "Service": "postgres", "Meta": { "k": "{{new string('x', 40_000)}}" } } }""");
        Assert.NotEqual(HttpStatusCode.OK, status);
        (status, _) = await agent.PutAsync("/v1/catalog/register", """{ "Node": "db", "Address": "10.9.9.9", "Check": { "CheckID": "up", "Name": "up", "Status": "passing", "ServiceID": "nobody" } }""");
        Assert.NotEqual(HttpStatusCode.OK, status);
        Assert.DoesNotContain("db", (await agent.GetAsync("/v1/catalog/nodes")).Json.EnumerateArray().Select(node => node.GetProperty("Node").GetString()));
        // Whoever waits was not woken in between either, and is by what is entered.
        Assert.Equal((1, index), (await agent.BlockedAsync(), (await agent.GetAsync("/v1/catalog/nodes")).Index));
        await agent.DoAsync("/v1/catalog/register", """{ "Node": "db", "Address": "10.9.9.9", "Service": { "ID": "pg", "Service": "postgres" } }""");
        Assert.Contains("db", (await waiting).Json.EnumerateArray().Select(node => node.GetProperty("Node").GetString()));
        Assert.Equal(["pg"], await agent.IdsAsync("postgres"));
    }

    [Fact]
    public async Task A_nodes_name_is_one_in_any_case_and_leaves_nothing_behind()
    {
        await using var agent = await ConsulAgent.StartAsync(_folder);
        foreach (var (node, service) in new[] { ("Db", "a"), ("db", "b"), ("DB", "a") })
            await agent.DoAsync("/v1/catalog/register", $$"""{ "Node": "{{node}}", "Address": "10.9.9.9", "Service": { "Service": "{{service}}", "Port": 1 } }""");
        Assert.Equal(["a", "b"], [.. await agent.IdsAsync("a"), .. await agent.IdsAsync("b")]);
        await agent.DoAsync("/v1/catalog/deregister", """{ "Node": "dB" }""");
        Assert.Empty((await agent.IdsAsync("a")).Concat(await agent.IdsAsync("b")));
    }

    [Fact]
    public async Task What_is_said_of_a_service_is_bounded()
    {
        await using var agent = await ConsulAgent.StartAsync(_folder);
        var notes = new string('x', 33_000);
        foreach (var (path, body) in new[]
        {
            ("/v1/agent/service/register", $$"""{ "Name": "web", "Check": { "TTL": "1h", "Notes": "{{notes}}" } }"""),
            ("/v1/agent/check/register", $$"""{ "Name": "disk", "TTL": "1h", "Notes": "{{notes}}" }"""),
            ("/v1/catalog/register", $$"""{ "Node": "db", "Address": "10.9.9.9", "Check": { "Name": "up", "Notes": "{{notes}}" } }"""),
        })
            Assert.Equal((HttpStatusCode.BadRequest, true), await agent.PutAsync(path, body) is var (status, text) ? (status, text.Contains("32768", StringComparison.Ordinal)) : default);
    }

    private static string? Text(JsonElement all, string id, string key) => all.GetProperty(id).GetProperty(key).GetString();
}
