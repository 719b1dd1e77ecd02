using System.Net;
using System.Text.Json;
using Gossip.Cli.Protocols.Prometheus;

namespace Gossip.Cli.Tests.Protocols.Prometheus;

/// <summary>What http_sd is told of the cluster, as JSON.</summary>
public sealed class TargetTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_instance_is_one_target_with_all_that_is_known_of_it_whatever_its_state()
    {
        await using var cluster = new TestCluster();
        await using var node = await cluster.StartOneAsync("shop-1", options => options.Zone = "east");
        await using var agent = await FacadeAgent.StartAsync(_folder, node);
        await using var shop = await node.Registrar.RegisterAsync(TestCluster.Payments() with
        {
            Service = "shop", Version = "2.1.0", Weight = 50, Tags = ["a", "b"], State = ServiceState.Draining, Region = "eu", Host = "m1",
            Metadata = new Dictionary<string, string> { ["team.name"] = "x\"y", ["team-name"] = "first", ["ä"] = "z" },
            Endpoints = [new("http", "https", "127.0.0.1", 5443), new("metrics", "http", "::1", 9100), new("admin", "http", "127.0.0.1", 5002)],
        });
        await using var queue = await node.Registrar.RegisterAsync(new() { Service = "queue", InstanceId = "q1", Endpoints = [new("amqp", "amqp", "127.0.0.1", 5672)] });
        await using var none = await node.Registrar.RegisterAsync(new() { Service = "none", InstanceId = "n1" });

        await Eventually.HoldsAsync(async () => (await GroupsAsync(agent)).Length == 2, "there are two targets");
        var one = Assert.Single(await GroupsAsync(agent, "?service=SHOP"));
        Assert.Equal("""["[::1]:9100"]""", one.GetProperty("targets").GetRawText());
        var labels = one.GetProperty("labels").EnumerateObject().ToDictionary(label => label.Name.Replace(PrometheusTarget.Prefix, ""), label => label.Value.GetString());
        Assert.Equal(
            "__scheme__=http address_admin=127.0.0.1:5002 address_http=127.0.0.1:5443 address_metrics=[::1]:9100 endpoint=metrics host=m1 instance=p1 metadata__=z metadata_team_name=first node=shop-1 "
                + "reachable=true region=eu scheme=http service=shop state=draining tags=,a,b, version=2.1.0 weight=50 zone=east",
            string.Join(' ', labels.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")));
        Assert.Equal("""["127.0.0.1:5002"]""", Assert.Single(await GroupsAsync(agent, "?endpoint=admin")).GetProperty("targets").GetRawText());
        var other = Assert.Single(await GroupsAsync(agent, "?service=queue&service=none&service=nope"));
        Assert.Equal(("""["127.0.0.1:5672"]""", false), (other.GetProperty("targets").GetRawText(), other.GetProperty("labels").TryGetProperty("__scheme__", out _)));

        await shop.UpdateAsync(record => record with { State = ServiceState.Unhealthy });
        await Eventually.HoldsAsync(async () => (await GroupsAsync(agent, "?service=shop"))[0].GetProperty("labels").GetProperty("__meta_gossip_state").GetString() == "unhealthy", "it is not well");
        await shop.DisposeAsync();
        await Eventually.HoldsAsync(async () => (await GroupsAsync(agent, "?service=shop")).Length == 0, "it is gone");
    }

    [Theory]
    [InlineData("GET", "/", HttpStatusCode.NotFound, "There is /v1/targets")]
    [InlineData("PUT", "/v1/targets", HttpStatusCode.MethodNotAllowed, "only read")]
    [InlineData("GET", "/v1/targets?servcie=shop", HttpStatusCode.BadRequest, "'servcie' is no parameter; there are service and endpoint.")]
    public async Task Another_question_is_refused_with_a_sentence(string method, string path, HttpStatusCode expected, string sentence)
    {
        await using var agent = await FacadeAgent.StartAsync(_folder);
        using var answer = await agent.Targets.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal((expected, true), (answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Contains(sentence, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("team", "team")]
    [InlineData("a.b/c-d", "a_b_c_d")]
    [InlineData("ä€", "__")]
    [InlineData("1st", "1st")]
    public void A_key_becomes_a_part_of_a_labels_name(string key, string expected) => Assert.Equal(expected, PrometheusTarget.NameOf(key));

    private static async Task<JsonElement[]> GroupsAsync(FacadeAgent agent, string query = "")
    {
        using var answer = await agent.Targets.GetAsync($"/v1/targets{query}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        return [.. JsonElement.Parse(await answer.Content.ReadAsStringAsync()).EnumerateArray()];
    }
}
