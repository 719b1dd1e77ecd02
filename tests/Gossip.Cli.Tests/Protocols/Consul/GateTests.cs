using System.Net;
using Gossip.Cli.Protocols.Consul;
using Microsoft.Extensions.Configuration;

namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>Who is let in, and what the settings refuse.</summary>
public sealed class GateTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("write", HttpStatusCode.OK)]
    [InlineData("token", HttpStatusCode.Forbidden)]
    public async Task Where_the_token_is_asked_for_Consuls_header_brings_it(string access, HttpStatusCode reads)
    {
        await using var agent = await ConsulAgent.StartAsync(_folder, more: [new("Agent:Consul:Access", access)]);
        Assert.Equal(reads, (await agent.Http.GetAsync("/v1/catalog/services")).StatusCode);
        var (status, text) = await agent.PutAsync("/v1/agent/service/register", """{ "Name": "web" }""");
        Assert.Equal((HttpStatusCode.Forbidden, true), (status, text.Contains(_folder["state/consul.token"], StringComparison.Ordinal)));
        var token = (await File.ReadAllTextAsync(_folder["state/consul.token"])).Trim();
        foreach (var (name, value) in new[] { ("X-Consul-Token", token), ("Authorization", $"Bearer {token}") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/agent/service/register") { Content = new StringContent("""{ "Name": "web" }""") };
            request.Headers.TryAddWithoutValidation(name, value);
            Assert.Equal(HttpStatusCode.OK, (await agent.Http.SendAsync(request)).StatusCode);
        }

        using var wrong = new HttpRequestMessage(HttpMethod.Put, $"/v1/agent/service/deregister/web?token={new string('0', 64)}");
        Assert.Equal(HttpStatusCode.Forbidden, (await agent.Http.SendAsync(wrong)).StatusCode);
    }

    [Theory]
    [InlineData("localhost:8500", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]:8500", HttpStatusCode.OK)]
    [InlineData("evil.example:8500", HttpStatusCode.Forbidden)]
    public async Task A_page_whose_name_was_made_to_mean_this_machine_is_refused(string host, HttpStatusCode expected)
    {
        await using var agent = await ConsulAgent.StartAsync(_folder);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/catalog/services") { Headers = { Host = host } };
        Assert.Equal(expected, (await agent.Http.SendAsync(request)).StatusCode);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "same-site", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "none", HttpStatusCode.OK)]
    [InlineData("Origin", "http://localhost:3000", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    public async Task A_page_of_another_site_changes_nothing_and_reads_nothing(string header, string value, HttpStatusCode expected)
    {
        await using var agent = await ConsulAgent.StartAsync(_folder);
        using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/agent/service/deregister/web") { Headers = { { header, value } } };
        Assert.Equal(expected, (await agent.Http.SendAsync(request)).StatusCode);
        using var reading = new HttpRequestMessage(HttpMethod.Get, "/v1/catalog/services") { Headers = { { header, value } } };
        using var answer = await agent.Http.SendAsync(reading);
        Assert.DoesNotContain("Access-Control-Allow-Origin", answer.Headers.Select(one => one.Key));
    }

    [Fact]
    public async Task Nothing_is_written_by_a_get_nor_by_what_a_form_can_send()
    {
        await using var agent = await ConsulAgent.StartAsync(_folder);
        await agent.RegisterAsync("""{ "Name": "web", "Check": { "TTL": "1h" } }""");
        string[] writes = ["/v1/agent/service/deregister/web", "/v1/agent/check/pass/service:web", "/v1/agent/service/maintenance/web?enable=true", "/v1/agent/maintenance?enable=true"];
        foreach (var path in writes)
        {
            Assert.Equal(HttpStatusCode.MethodNotAllowed, (await agent.Http.GetAsync(path)).StatusCode);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, (await agent.Http.PostAsync(path, null)).StatusCode);
        }

        Assert.Equal("critical", (await agent.GetAsync("/v1/agent/checks")).Json.GetProperty("service:web").GetProperty("Status").GetString());
    }

    [Theory]
    [InlineData("Url", "http://example.com:8500", "Agent:Consul:Url is 'http://example.com:8500'; it must be http, an IP address and a port")]
    [InlineData("Url", "http://127.0.0.1", "it must be http, an IP address and a port")]
    [InlineData("Url", "https://127.0.0.1:8500", "it must be http, an IP address and a port")]
    [InlineData("Access", "all", "Agent:Consul:Access is 'all'; it must be open, write or token.")]
    [InlineData("Acces", "open", "Agent:Consul:Acces is no key. Did you mean 'Access'?")]
    [InlineData("Datacenter", "a b", "Agent:Consul:Datacenter is 'a b'; it must be 1 to 64 letters")]
    public async Task A_wrong_setting_ends_the_start_with_the_key_the_value_and_the_remedy(string key, string value, string expected)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => ConsulAgent.StartAsync(_folder, more: [new($"Agent:Consul:{key}", value)]));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8500", null, "Open")]
    [InlineData("http://[::1]:8500", null, "Open")]
    [InlineData("http://127.0.0.1:80", null, "Open")]
    [InlineData("http://0.0.0.0:8500", null, "Token")]
    [InlineData("http://10.1.2.3:8500", null, "Token")]
    [InlineData("http://10.1.2.3:8500", "open", "Open")]
    public void Beyond_loopback_the_token_is_asked_for_unless_told_otherwise(string url, string? access, string expected)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Agent:Consul:Url", url), new("Agent:Consul:Access", access)]).Build();
        Assert.Equal(expected, ConsulSettings.Read(configuration.GetSection("Agent:Consul"))!.Serving.Access.ToString());
    }

    [Fact]
    public void Off_unless_it_is_asked_for() => Assert.Null(ConsulSettings.Read(new ConfigurationBuilder().Build().GetSection("Agent:Consul")));

    [Fact]
    public async Task Where_somebody_listens_already_the_start_says_what_to_set()
    {
        await using var first = await ConsulAgent.StartAsync(_folder);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(
            () => ConsulAgent.StartAsync(_folder, more: [new("Agent:Consul:Url", first.Url.ToString())], state: "other"));
        Assert.Contains("change Agent:Consul:Url", refused.Message, StringComparison.Ordinal);
    }
}
