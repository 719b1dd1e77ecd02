using System.Net;
using Gossip.Cli.Protocols.Consul.Catalogs;

namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>Blocked queries: who is woken by what, and by what not.</summary>
public sealed class BlockingTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private ConsulAgent _agent = null!;

    public async Task InitializeAsync() => _agent = await ConsulAgent.StartAsync(_folder);

    public async Task DisposeAsync()
    {
        await _agent.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_change_wakes_those_who_wait_for_that_service_and_nobody_else()
    {
        for (var i = 0; i < 20; i++)
            await _agent.RegisterAsync($$"""{ "ID": "s{{i}}", "Name": "s{{i}}", "Port": 80, "Check": { "TTL": "1h", "Status": "passing" } }""");
        var waiting = new Dictionary<string, Task<long>>();
        for (var i = 0; i < 20; i++)
            waiting[$"s{i}"] = WaitAsync($"/v1/health/service/s{i}");
        await _agent.HasBlockedAsync(20);

        await _agent.DoAsync("/v1/agent/check/warn/service:s7");
        await waiting["s7"];
        Assert.Equal(["s7"], waiting.Where(one => one.Value.IsCompleted).Select(one => one.Key));
        Assert.Equal(19, await _agent.BlockedAsync());

        await _agent.DoAsync("/v1/agent/service/deregister/s3");
        await waiting["s3"];
        Assert.Equal(["s3", "s7"], waiting.Where(one => one.Value.IsCompleted).Select(one => one.Key).Order());
    }

    [Fact]
    public async Task A_status_wakes_readers_of_health_and_none_of_the_catalog()
    {
        await _agent.RegisterAsync("""{ "Name": "web", "Port": 80, "Check": { "TTL": "1h", "Status": "passing" } }""");
        string[] ofHealth = ["/v1/health/service/web", "/v1/health/checks/web", "/v1/health/state/any"];
        string[] ofCatalog = ["/v1/catalog/service/web", "/v1/catalog/services", "/v1/catalog/nodes"];
        var health = ofHealth.Select(WaitAsync).ToList();
        var catalog = ofCatalog.Select(WaitAsync).ToList();
        await _agent.HasBlockedAsync(6);

        await _agent.DoAsync("/v1/agent/check/fail/service:web");
        await Task.WhenAll(health);
        Assert.All(catalog, one => Assert.False(one.IsCompleted));

        // A new service is in the list of services, and changes no node.
        await _agent.RegisterAsync("""{ "Name": "other" }""");
        await catalog[1];
        Assert.False(catalog[0].IsCompleted || catalog[2].IsCompleted);
    }

    [Fact]
    public async Task What_changes_nothing_that_the_catalog_shows_moves_no_index()
    {
        const string Registration = """{ "Name": "web", "Port": 80, "Tags": [ "a" ], "Check": { "TTL": "1h", "Status": "passing" } }""";
        await _agent.RegisterAsync(Registration);
        var before = (await _agent.GetAsync("/v1/health/service/web")).Index;
        await _agent.RegisterAsync(Registration);
        await _agent.DoAsync("/v1/agent/check/pass/service:web?note=still%20well");
        await _agent.RegisterAsync("""{ "Name": "other" }""");
        var (json, index) = await _agent.GetAsync("/v1/health/service/web");
        Assert.Equal(before, index);
        // The agent has the note at once, and the catalog with the next change.
        Assert.Equal("", json[0].GetProperty("Checks")[1].GetProperty("Output").GetString());
        Assert.Equal("still well", (await _agent.GetAsync("/v1/agent/checks")).Json.GetProperty("service:web").GetProperty("Output").GetString());
    }

    [Fact]
    public async Task An_index_never_falls_also_of_a_service_that_came_and_went()
    {
        var (_, last) = await _agent.GetAsync("/v1/health/service/web");
        Assert.True(last > 0);
        for (var round = 0; round < 5; round++)
        {
            foreach (var (path, body) in new[] { ("register", """{ "Name": "web" }"""), ("deregister/web", "") })
            {
                await _agent.DoAsync($"/v1/agent/service/{path}", body);
                var (_, next) = await _agent.GetAsync("/v1/health/service/web");
                Assert.True(next > last, $"{next} follows {last}");
                last = next;
            }
        }

        Assert.Equal(last, (await _agent.GetAsync("/v1/catalog/services")).Index);
    }

    [Fact]
    public async Task A_wait_ends_with_its_time_and_gives_the_index_that_there_is()
    {
        await _agent.RegisterAsync("""{ "Name": "web" }""");
        var (_, index) = await _agent.GetAsync("/v1/health/service/web");
        Assert.Equal(index, (await _agent.GetAsync($"/v1/health/service/web?index={index + 1_000_000}&wait=50ms")).Index);
        Assert.Equal(index, (await _agent.GetAsync($"/v1/health/service/web?index={ulong.MaxValue}&wait=50ms")).Index);
    }

    [Fact]
    public async Task The_end_of_the_agent_lets_all_who_wait_go()
    {
        var waiting = Enumerable.Range(0, 50).Select(i => _agent.Http.GetAsync($"/v1/health/service/s{i % 5}?index=9000000000000&wait=10m")).ToList();
        await _agent.HasBlockedAsync(50);
        await _agent.StopAsync();
        foreach (var one in waiting)
            Assert.Equal(HttpStatusCode.OK, (await one).StatusCode);
    }

    [Fact]
    public async Task Whoever_goes_waits_no_more()
    {
        using var patience = new CancellationTokenSource();
        var waiting = _agent.Http.GetAsync("/v1/health/service/never?index=9000000000000&wait=10m", patience.Token);
        await _agent.HasBlockedAsync(1);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await _agent.HasBlockedAsync(0);
    }

    [Fact]
    public async Task More_than_may_wait_are_refused_and_the_key_goes_with_the_last()
    {
        var waiters = new Waiters(2);
        using var ends = new CancellationTokenSource();
        var holds = false;
        Task<bool> Wait(string key) => waiters.WaitAsync(key, () => Volatile.Read(ref holds), TimeSpan.FromMinutes(5), TimeProvider.System, ends.Token).AsTask();
        var (one, two) = (Wait("a"), Wait("A"));
        Assert.Equal((2, 1), (waiters.Count, waiters.Keys));
        Assert.False(await Wait("b"));

        waiters.Wake("a");
        await Eventually.HoldsAsync(() => waiters.Woken == 2, "both were woken, and wait on");
        Assert.False(one.IsCompleted || two.IsCompleted);
        Volatile.Write(ref holds, true);
        waiters.Wake("a");
        Assert.True(await one && await two);
        Assert.Equal((0, 0), (waiters.Count, waiters.Keys));
    }

    private async Task<long> WaitAsync(string path)
    {
        var (_, index) = await _agent.GetAsync(path);
        return (await _agent.GetAsync($"{path}?index={index}&wait=10m")).Index;
    }
}
