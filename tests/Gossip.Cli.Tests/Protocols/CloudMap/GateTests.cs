using System.Net;
using Gossip.Cli.Protocols.CloudMap;
using Microsoft.Extensions.Configuration;

namespace Gossip.Cli.Tests.Protocols.CloudMap;

/// <summary>Who is let in, and what the settings refuse.</summary>
public sealed class GateTests : IDisposable
{
    private const string Register = """{ "ServiceId": "srv-web", "InstanceId": "i-1", "Attributes": { } }""";

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("write", HttpStatusCode.OK)]
    [InlineData("token", HttpStatusCode.Forbidden)]
    public async Task Where_the_token_is_asked_for_it_is_the_access_key_id(string access, HttpStatusCode reads)
    {
        await using var agent = await CloudMapAgent.StartAsync(_folder, more: [new("Agent:CloudMap:Access", access)]);
        Assert.Equal(reads, (await agent.AskAsync("ListServices", "{}")).Status);
        var (status, json) = await agent.AskAsync("RegisterInstance", Register);
        Assert.Equal((HttpStatusCode.Forbidden, "AccessDeniedException"), (status, CloudMapClient.Text(json, "__type")));
        Assert.Contains(_folder["state/cloudmap.token"], CloudMapClient.Text(json, "Message"), StringComparison.Ordinal);
        var token = (await File.ReadAllTextAsync(_folder["state/cloudmap.token"])).Trim();
        foreach (var (name, value, expected) in new[]
        {
            ("Authorization", Signature(token), HttpStatusCode.OK),
            ("X-Amz-Security-Token", token, HttpStatusCode.OK),
            ("Authorization", $"Bearer {token}", HttpStatusCode.OK),
            ("Authorization", Signature(new string('0', 64)), HttpStatusCode.Forbidden),
            ("Authorization", $"AWS4-HMAC-SHA256 SignedHeaders=host, Signature={token}", HttpStatusCode.Forbidden),
            ("X-Amz-Security-Token", "", HttpStatusCode.Forbidden),
        })
        {
            using var request = CloudMapClient.Request("RegisterInstance", Register);
            request.Headers.TryAddWithoutValidation(name, value);
            Assert.Equal(expected, (await agent.SendAsync(request)).Status);
        }
    }

    [Fact]
    public async Task On_loopback_any_signature_will_do()
    {
        await using var agent = await CloudMapAgent.StartAsync(_folder);
        using var request = CloudMapClient.Request("RegisterInstance", Register);
        request.Headers.TryAddWithoutValidation("Authorization", Signature("AKIAIOSFODNN7EXAMPLE"));
        Assert.Equal(HttpStatusCode.OK, (await agent.SendAsync(request)).Status);
        Assert.False(File.Exists(_folder["state/cloudmap.token"]));
    }

    [Theory]
    [InlineData("localhost:7398", HttpStatusCode.OK)]
    [InlineData("data-localhost:7398", HttpStatusCode.OK)]
    [InlineData("data-127.0.0.1", HttpStatusCode.OK)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    [InlineData("[::1]:7398", HttpStatusCode.OK)]
    [InlineData("evil.example:7398", HttpStatusCode.Forbidden)]
    [InlineData("data-evil.example", HttpStatusCode.Forbidden)]
    [InlineData("data-data-localhost", HttpStatusCode.Forbidden)]
    public async Task A_page_whose_name_was_made_to_mean_this_machine_is_refused(string host, HttpStatusCode expected)
    {
        await using var agent = await CloudMapAgent.StartAsync(_folder);
        using var request = CloudMapClient.Request("ListServices", "{}");
        request.Headers.Host = host;
        Assert.Equal(expected, (await agent.SendAsync(request)).Status);
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "http://localhost:3000", HttpStatusCode.Forbidden)]
    [InlineData("Sec-Fetch-Site", "none", HttpStatusCode.OK)]
    public async Task A_page_of_another_site_changes_nothing(string header, string value, HttpStatusCode expected)
    {
        await using var agent = await CloudMapAgent.StartAsync(_folder);
        using var request = CloudMapClient.Request("CreateService", """{ "Name": "web" }""");
        request.Headers.Add(header, value);
        Assert.Equal(expected, (await agent.SendAsync(request)).Status);
    }

    [Theory]
    [InlineData("Url", "http://example.com:80", "Agent:CloudMap:Url is 'http://example.com:80'; it must be http, an IP address and a port")]
    [InlineData("Access", "all", "Agent:CloudMap:Access is 'all'; it must be open, write or token.")]
    [InlineData("Namespce", "a", "Agent:CloudMap:Namespce is no key. Did you mean 'Namespace'?")]
    [InlineData("Namespace", "a b", "Agent:CloudMap:Namespace is 'a b'; it must be 1 to 128 letters")]
    public async Task A_wrong_setting_ends_the_start_with_the_key_the_value_and_the_remedy(string key, string value, string expected)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => CloudMapAgent.StartAsync(_folder, more: [new($"Agent:CloudMap:{key}", value)]));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:7398", null, "Open")]
    [InlineData("http://10.1.2.3:7398", null, "Token")]
    [InlineData("http://10.1.2.3:7398", "open", "Open")]
    public void Beyond_loopback_the_token_is_asked_for_unless_told_otherwise(string url, string? access, string expected)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Agent:CloudMap:Url", url), new("Agent:CloudMap:Access", access)]).Build();
        Assert.Equal(expected, CloudMapSettings.Read(configuration.GetSection("Agent:CloudMap"))!.Serving.Access.ToString());
    }

    [Fact]
    public void Off_unless_it_is_asked_for() => Assert.Null(CloudMapSettings.Read(new ConfigurationBuilder().Build().GetSection("Agent:CloudMap")));

    [Fact]
    public async Task The_namespace_is_called_as_the_cluster_unless_told_otherwise()
    {
        await using var agent = await CloudMapAgent.StartAsync(_folder, more: [new("Agent:CloudMap:Namespace", ""), new("Gossip:Cluster", "west")]);
        Assert.Equal("west", CloudMapClient.Text((await agent.DoAsync("ListNamespaces", "{}")).GetProperty("Namespaces")[0], "Name"));
    }

    private static string Signature(string key) =>
        $"AWS4-HMAC-SHA256 Credential={key}/20260101/eu-central-1/servicediscovery/aws4_request, SignedHeaders=host;x-amz-date, Signature={new string('f', 64)}";
}
