using System.Net;
using System.Text.Json;

namespace Gossip.Cli.Tests.Protocols.CloudMap;

/// <summary>Which instances are found, and when a revision is another.</summary>
public sealed class DiscoveryTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private CloudMapAgent _agent = null!;

    public async Task InitializeAsync()
    {
        _agent = await CloudMapAgent.StartAsync(_folder, more: [new("Agent:ReconcileInterval", "200ms")]);
        foreach (var (id, stage, zone) in new[] { ("a", "beta", "1"), ("b", "beta", "2"), ("c", "prod", "1") })
            await _agent.RegisterAsync("web", id, $""" "AWS_INSTANCE_IPV4": "10.1.2.3", "stage": "{stage}", "az": "{zone}" """);
    }

    public async Task DisposeAsync()
    {
        await _agent.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("", "a b c")]
    [InlineData(""", "QueryParameters": { "stage": "beta" }""", "a b")]
    [InlineData(""", "QueryParameters": { "stage": "beta", "az": "2" }""", "b")]
    [InlineData(""", "QueryParameters": { "stage": "BETA" }""", "")]
    [InlineData(""", "QueryParameters": { "AWS_INSTANCE_IPV4": "10.1.2.3" }""", "a b c")]
    [InlineData(""", "QueryParameters": { "none": "x" }""", "")]
    [InlineData(""", "OptionalParameters": { "stage": "prod" }""", "c")]
    [InlineData(""", "OptionalParameters": { "stage": "none" }""", "a b c")]
    [InlineData(""", "QueryParameters": { "stage": "beta" }, "OptionalParameters": { "az": "1" }""", "a")]
    [InlineData(""", "QueryParameters": { "stage": "prod" }, "OptionalParameters": { "az": "2" }""", "c")]
    public async Task Attributes_choose(string more, string expected) => Assert.Equal(expected, string.Join(' ', await _agent.IdsAsync("web", more)));

    [Theory]
    [InlineData(""", "HealthStatus": "HEALTHY" """, "b c")]
    [InlineData("", "b c")]
    [InlineData(""", "HealthStatus": "UNHEALTHY" """, "a")]
    [InlineData(""", "HealthStatus": "ALL" """, "a b c")]
    [InlineData(""", "HealthStatus": "HEALTHY_OR_ELSE_ALL" """, "b c")]
    [InlineData(""", "HealthStatus": "HEALTHY_OR_ELSE_ALL", "QueryParameters": { "stage": "beta", "az": "1" }""", "a")]
    [InlineData(""", "HealthStatus": "HEALTHY", "QueryParameters": { "stage": "beta", "az": "1" }""", "")]
    public async Task Health_chooses(string more, string expected)
    {
        await _agent.ReportAsync("web", "a", "UNHEALTHY");
        Assert.Equal(expected, string.Join(' ', await _agent.IdsAsync("web", more)));
    }

    [Fact]
    public async Task Of_more_than_are_asked_for_others_come_each_time()
    {
        var seen = new HashSet<string>();
        await Eventually.HoldsAsync(
            async () =>
            {
                seen.Add(Assert.Single(await _agent.IdsAsync("web", """, "MaxResults": 1""")));
                return seen.Count == 3;
            },
            "each comes first at some time");
    }

    [Fact]
    public async Task A_revision_grows_with_what_changes_of_its_service_and_with_nothing_else()
    {
        var first = await _agent.RevisionAsync("web");
        Assert.Equal(first, (await _agent.DiscoverAsync("web")).GetProperty("InstancesRevision").GetInt64());
        await _agent.RegisterAsync("shop", "a", "");
        await _agent.RegisterAsync("web", "a", """ "AWS_INSTANCE_IPV4": "10.1.2.3", "stage": "beta", "az": "1" """);
        Assert.Equal(first, await _agent.RevisionAsync("web"));
        var last = first;
        foreach (var change in new Func<Task>[]
        {
            () => _agent.RegisterAsync("web", "a", """ "AWS_INSTANCE_IPV4": "10.1.2.4" """),
            () => _agent.ReportAsync("web", "a", "UNHEALTHY"),
            () => _agent.ReportAsync("web", "a", "HEALTHY"),
            () => _agent.DeregisterAsync("web", "a"),
            () => _agent.DeregisterAsync("web", "b"),
            () => _agent.DeregisterAsync("web", "c"),
            () => _agent.RegisterAsync("web", "d", ""),
        })
        {
            await change();
            var next = await _agent.RevisionAsync("WEB");
            Assert.True(next > last, $"{last} → {next}");
            last = next;
        }
    }

    [Fact]
    public async Task What_an_operator_drains_is_not_well_until_that_ends()
    {
        await _agent.DisposeAsync();
        _agent = await CloudMapAgent.StartAsync(_folder, more: [new("Agent:Socket", _folder["agent.sock"])]);
        using var own = Processes.AgentProcess.ApiAt(_folder["agent.sock"]);
        foreach (var (method, expected) in new[] { (HttpMethod.Put, "b c"), (HttpMethod.Delete, "a b c") })
        {
            using var done = await own.SendAsync(new HttpRequestMessage(method, "/v1/services/web%2Fa/drain"));
            Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
            Assert.Equal(expected, string.Join(' ', await _agent.HealthyAsync("web")));
        }

        // Whoever is registered again is not in the drain of the one before.
        using (await own.SendAsync(new HttpRequestMessage(HttpMethod.Put, "/v1/services/web%2Fa/drain")))
            await _agent.DeregisterAsync("web", "a");
        await _agent.RegisterAsync("web", "a", "");
        Assert.Equal("a b c", string.Join(' ', await _agent.HealthyAsync("web")));
    }

    [Fact]
    public async Task An_instance_of_a_file_is_found_and_not_a_clients_to_change()
    {
        _folder.Write("services.d/jobs.json", """{ "id": "jobs/1", "name": "jobs", "endpoints": [ { "port": 8080, "host": "10.9.9.9" } ], "metadata": { "k": "v" } }""");
        await _agent.Discovery.WaitForAsync("jobs", cancellationToken: Eventually.Patience());
        var found = Assert.Single((await _agent.DiscoverAsync("jobs")).GetProperty("Instances").EnumerateArray());
        Assert.Equal(("1", "10.9.9.9", "v"), (Text(found, "InstanceId"), Text(found.GetProperty("Attributes"), "AWS_INSTANCE_IPV4"), Text(found.GetProperty("Attributes"), "k")));
        var refused = await _agent.RefusedAsync("RegisterInstance", """{ "ServiceId": "srv-jobs", "InstanceId": "1", "Attributes": { } }""");
        Assert.Equal(("InvalidInput", true), (refused.Type, refused.Message.Contains("jobs.json", StringComparison.Ordinal)));
        Assert.Equal("InstanceNotFound", (await _agent.RefusedAsync("DeregisterInstance", """{ "ServiceId": "srv-jobs", "InstanceId": "1" }""")).Type);
    }

    private static string Text(JsonElement json, string key) => CloudMapClient.Text(json, key);
}
