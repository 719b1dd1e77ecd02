using System.Net;
using System.Text.Json;

namespace Gossip.Cli.Tests.Protocols.Eureka;

/// <summary>The contract of Eureka's API: paths, statuses, and what is told of an instance over its life.</summary>
public sealed class ServingTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private FacadeAgent _agent = null!;

    public async Task InitializeAsync() => _agent = await FacadeAgent.StartAsync(_folder);

    public async Task DisposeAsync()
    {
        await _agent.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("/eureka")]
    [InlineData("/eureka/v2")]
    [InlineData("/eureka//v2/")]
    public async Task An_instance_lives_its_whole_life(string root)
    {
        await Gets(HttpStatusCode.NotFound, "PUT", "apps/orders/orders:1");
        await Gets(HttpStatusCode.NoContent, "POST", "apps/orders", FacadeAgent.Instance("orders", "orders:1"));
        await Gets(HttpStatusCode.NoContent, "POST", "apps/ORDERS/", FacadeAgent.Instance("ORDERS", "orders:2", 8082));
        Assert.Equal(["ORDERS/orders:1 UP", "ORDERS/orders:2 UP"], await _agent.AllAsync());
        await Gets(HttpStatusCode.OK, "PUT", "apps/orders/orders%3A1");
        await Gets(HttpStatusCode.OK, "PUT", "apps/ORDERS/orders:1/?status=UP&lastDirtyTimestamp=0");
        foreach (var path in new[] { "apps", "apps/", "apps/delta", "apps/delta/?regions=us-east-1", "apps/orders", "apps/ORDERS/orders:1", "instances/orders%3a2", "vips/orders", "vips/ORDERS/" })
            await Gets(HttpStatusCode.OK, "GET", path);
        foreach (var path in new[] { "apps/nope", "apps/orders/nope", "instances/nope", "vips/nope", "svips/orders", "nope", "apps/orders/orders:1/status/more", "apps/orders/orders:1/nope" })
            await Gets(HttpStatusCode.NotFound, "GET", path, "");

        await Gets(HttpStatusCode.OK, "PUT", "apps/orders/orders:2/status?value=OUT_OF_SERVICE&lastDirtyTimestamp=1");
        Assert.Equal(["ORDERS/orders:1 UP", "ORDERS/orders:2 OUT_OF_SERVICE"], await _agent.AllAsync());
        Assert.Equal("OUT_OF_SERVICE_1_UP_1_", (await _agent.GetAsync("/eureka/apps")).GetProperty("applications").GetProperty("apps__hashcode").GetString());
        await Gets(HttpStatusCode.OK, "PUT", "apps/orders/orders:2?status=UP");
        Assert.Equal("OUT_OF_SERVICE", (await InstanceAsync("orders:2")).GetProperty("overriddenstatus").GetString());
        await Gets(HttpStatusCode.OK, "DELETE", "apps/orders/orders:2/status?value=UP");
        await _agent.SeesAsync("ORDERS/orders:1 UP", "ORDERS/orders:2 UP");
        await Gets(HttpStatusCode.BadRequest, "PUT", "apps/orders/orders:2/status?value=dancing");
        await Gets(HttpStatusCode.BadRequest, "PUT", "apps/orders/orders:2/status");
        await Gets(HttpStatusCode.NotFound, "PUT", "apps/orders/nope/status?value=UP");

        await Gets(HttpStatusCode.OK, "PUT", "apps/orders/orders:1/metadata?color=green&zone=b");
        Assert.Equal("""{"zone":"b","version":"1.2.3","color":"green"}""", (await InstanceAsync("orders:1")).GetProperty("metadata").GetRawText());
        await Gets(HttpStatusCode.NotFound, "PUT", "apps/orders/nope/metadata?a=b");

        await Gets(HttpStatusCode.OK, "DELETE", "apps/orders/orders:1");
        await Gets(HttpStatusCode.NotFound, "DELETE", "apps/orders/orders:1");
        await Gets(HttpStatusCode.NotFound, "PUT", "apps/orders/orders:1");
        await Gets(HttpStatusCode.OK, "DELETE", "apps/orders/orders:2");
        Assert.Empty(await _agent.AllAsync());

        async Task Gets(HttpStatusCode expected, string method, string path, string? body = null)
        {
            var (status, text) = await _agent.SendAsync(method, $"{root}/{path}", body is "" ? null : body);
            Assert.True(status == expected, $"{method} {path}: {status} {text}");
            // Whoever is refused is told why.
            Assert.Equal((int)status >= 400, text.EndsWith('.'));
        }
    }

    [Fact]
    public async Task A_client_that_has_changed_since_it_registered_is_told_to_register_anew()
    {
        await _agent.RegisterAsync("shop", "shop:1", more: "\"lastDirtyTimestamp\": \"100\",");
        Assert.Equal(HttpStatusCode.OK, (await _agent.SendAsync("PUT", "/eureka/apps/shop/shop:1?lastDirtyTimestamp=100")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _agent.SendAsync("PUT", "/eureka/apps/shop/shop:1?lastDirtyTimestamp=99")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _agent.SendAsync("PUT", "/eureka/apps/shop/shop:1?lastDirtyTimestamp=101")).Status);
    }

    [Theory]
    [InlineData("PATCH", "/eureka/apps", HttpStatusCode.MethodNotAllowed, "GET is.")]
    [InlineData("GET", "/eureka/apps/orders/orders:1/status", HttpStatusCode.MethodNotAllowed, "PUT, DELETE is.")]
    [InlineData("POST", "/eureka/peerreplication/batch/", HttpStatusCode.NotImplemented, "all members know by gossip.")]
    [InlineData("PUT", "/eureka/v2/asg/group/status", HttpStatusCode.NotImplemented, "Groups of Amazon are not supported")]
    [InlineData("GET", "/", HttpStatusCode.NotFound, "below /eureka")]
    [InlineData("GET", "/eureka/lastn", HttpStatusCode.NotFound, "There are apps")]
    public async Task What_is_not_supported_fails_with_a_sentence(string method, string path, HttpStatusCode expected, string sentence)
    {
        var (status, text) = await _agent.SendAsync(method, path);
        Assert.Equal((expected, true), (status, text.Contains(sentence, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_agent_is_no_peer_of_a_eureka()
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/eureka/apps/ORDERS/orders:1") { Headers = { { "x-netflix-discovery-replication", "true" } } };
        Assert.Equal(HttpStatusCode.NotImplemented, (await _agent.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task Without_an_accept_it_is_xml_and_both_have_the_same()
    {
        await _agent.RegisterAsync("shop", "shop:1", metadata: """{ "load/cpu": "1<2" }""");
        var (xml, json) = (await _agent.GetXmlAsync("/eureka/apps"), (await _agent.GetAsync("/eureka/apps")).GetProperty("applications"));
        var instance = xml.Element("application")!.Element("instance")!;
        Assert.Equal(
            ("SHOP", "UP_1_", "shop:1", "8081", "true", "1<2"),
            (xml.Element("application")!.Element("name")!.Value, xml.Element("apps__hashcode")!.Value, instance.Element("instanceId")!.Value, instance.Element("port")!.Value, instance.Element("port")!.Attribute("enabled")!.Value, instance.Element("metadata")!.Element("load_cpu")!.Value));
        Assert.Equal(xml.Element("versions__delta")!.Value, json.GetProperty("versions__delta").GetString());
        Assert.Equal("shop:1", (await _agent.GetXmlAsync("/eureka/apps/shop")).Element("instance")!.Element("instanceId")!.Value);
        Assert.Equal("shop:1", (await _agent.GetXmlAsync("/eureka/instances/shop:1")).Element("instanceId")!.Value);
        Assert.Equal("8081", (await _agent.GetXmlAsync("/eureka/vips/shop")).Descendants("port").Single().Value);
        Assert.Equal(HttpStatusCode.NoContent, (await _agent.SendAsync("POST", "/eureka/apps/SHOP", (await _agent.GetXmlAsync("/eureka/instances/shop:1")).ToString(), "application/xml")).Status);
        Assert.Equal("1<2", (await InstanceAsync("shop:1", "shop")).GetProperty("metadata").GetProperty("load_cpu").GetString());
    }

    [Fact]
    public async Task Changes_are_told_to_a_connection_that_has_fetched_and_all_others_are_told_to_fetch_everything()
    {
        await _agent.RegisterAsync("shop", "shop:1");
        Assert.Equal(("FULL_1_", ""), await DeltaAsync());
        await _agent.AllAsync();
        Assert.Equal(("UP_1_", "ADDED shop:1"), await DeltaAsync());
        await _agent.RegisterAsync("shop", "shop:2");
        await _agent.SendAsync("PUT", "/eureka/apps/shop/shop:1/status?value=DOWN");
        Assert.Equal(("DOWN_1_UP_1_", "ADDED shop:2, MODIFIED shop:1"), await DeltaAsync());
        await _agent.SendAsync("DELETE", "/eureka/apps/shop/shop:1");
        Assert.Equal(("UP_1_", "ADDED shop:2, DELETED shop:1"), await DeltaAsync());
        Assert.Equal(("FULL_1_", ""), await DeltaAsync("Via", "1.1 proxy"));
        Assert.Equal(("FULL_1_", ""), await DeltaAsync("X-Forwarded-For", "10.0.0.1"));
        using var other = new HttpClient { BaseAddress = _agent.Eureka };
        Assert.Equal(("FULL_1_", ""), await DeltaAsync(client: other));

        async Task<(string Hash, string Changes)> DeltaAsync(string? header = null, string value = "", HttpClient? client = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/eureka/apps/delta") { Headers = { { "Accept", "application/json" } } };
            if (header is not null)
                request.Headers.Add(header, value);
            using var answer = await (client ?? _agent.Http).SendAsync(request);
            var json = JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("applications");
            var instances = json.GetProperty("application").EnumerateArray().SelectMany(app => app.GetProperty("instance").EnumerateArray());
            return (json.GetProperty("apps__hashcode").GetString()!, string.Join(", ", instances.Select(one => $"{one.GetProperty("actionType")} {one.GetProperty("instanceId")}").Order()));
        }
    }

    [Fact]
    public async Task Two_applications_may_have_instances_of_one_name_as_those_of_one_host_have()
    {
        await _agent.RegisterAsync("orders", "host-1", 81);
        await _agent.RegisterAsync("shop", "host-1", 82);
        Assert.Equal(["ORDERS/host-1 UP", "SHOP/host-1 UP"], await _agent.AllAsync());
        await _agent.SendAsync("DELETE", "/eureka/apps/ORDERS/host-1");
        Assert.Equal(["SHOP/host-1 UP"], await _agent.AllAsync());
    }

    [Fact]
    public async Task What_is_missed_for_longer_than_its_lease_is_gone_and_its_next_renewal_is_told_to_register()
    {
        await _agent.RegisterAsync("shop", "shop:1", duration: 1);
        await _agent.RegisterAsync("shop", "shop:2");
        await _agent.SeesAsync("SHOP/shop:2 UP");
        Assert.Equal(HttpStatusCode.NotFound, (await _agent.SendAsync("PUT", "/eureka/apps/SHOP/shop:1")).Status);
        await _agent.RegisterAsync("shop", "shop:1", duration: 90);
        Assert.Equal(["SHOP/shop:1 UP", "SHOP/shop:2 UP"], await _agent.AllAsync());
    }

    [Fact]
    public async Task An_instance_is_kept_over_a_restart_with_its_renewal_and_its_override()
    {
        await _agent.RegisterAsync("shop", "shop:1");
        await _agent.RegisterAsync("shop", "shop:2");
        await _agent.SendAsync("PUT", "/eureka/apps/shop/shop:2/status?value=OUT_OF_SERVICE");
        await _agent.DisposeAsync();
        _agent = await FacadeAgent.StartAsync(_folder);
        Assert.Equal(["SHOP/shop:1 UP", "SHOP/shop:2 OUT_OF_SERVICE"], await _agent.AllAsync());
        Assert.Equal("http://127.0.0.1:8081/", Assert.Single(await _agent.Discovery.WaitForAsync("shop", cancellationToken: Eventually.Patience())).Uri!.ToString());
        Assert.Equal(HttpStatusCode.OK, (await _agent.SendAsync("PUT", "/eureka/apps/shop/shop:1")).Status);
    }

    private async Task<JsonElement> InstanceAsync(string id, string app = "orders") => (await _agent.GetAsync($"/eureka/apps/{app}/{id}")).GetProperty("instance");
}
