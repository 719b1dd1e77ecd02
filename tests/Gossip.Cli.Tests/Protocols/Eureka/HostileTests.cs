using System.Net;
using System.Net.Sockets;
using System.Text;
using Gossip.Cli.Protocols.Eureka;
using Microsoft.Extensions.Configuration;

namespace Gossip.Cli.Tests.Protocols.Eureka;

/// <summary>Callers that want too much: each is refused or left, and the others are served.</summary>
public sealed class HostileTests : IAsyncLifetime
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
    [InlineData("application/json")]
    [InlineData("application/xml")]
    public async Task A_body_without_end_is_refused(string type)
    {
        var (status, text) = await _agent.SendAsync("POST", "/eureka/apps/SHOP", new string(' ', EurekaProtocol.MostBytes + 1), type);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, true), (status, text.Contains("131072", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("application/xml", """<!DOCTYPE a [ <!ENTITY a "aaaaaaaaaa"> <!ENTITY b "&a;&a;&a;&a;"> ]><instance><app>&b;</app></instance>""")]
    [InlineData("application/xml", """<!DOCTYPE a [ <!ENTITY a SYSTEM "file:///etc/passwd"> ]><instance><app>&a;</app></instance>""")]
    [InlineData("application/xml", "{}")]
    [InlineData("application/json", "<instance/>")]
    [InlineData("application/json", """{"instance":{"metadata":{"a":"b"}}}""")]
    public async Task What_cannot_be_taken_is_refused_with_the_reason(string type, string body)
    {
        var (status, text) = await _agent.SendAsync("POST", "/eureka/apps/SHOP", body, type);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.DoesNotContain("root:", text, StringComparison.Ordinal);
        Assert.Empty(await _agent.AllAsync());
    }

    [Theory]
    [InlineData("a\\nb", "shop:1", "InstanceId")]
    [InlineData("shop", "a\\u202eb", "InstanceId")]
    public async Task A_name_that_the_cluster_does_not_hold_is_refused(string app, string id, string expected)
    {
        var (status, text) = await _agent.SendAsync("POST", $"/eureka/apps/{Uri.EscapeDataString(app.Replace("\\n", "\n"))}", FacadeAgent.Instance(app, id));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', text);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Nothing_is_written_by_what_a_form_can_send(string type) =>
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await _agent.SendAsync("POST", "/eureka/apps/SHOP", FacadeAgent.Instance("SHOP", "shop:1"), type)).Status);

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Host", "evil.example")]
    public async Task A_page_of_another_site_changes_nothing_and_one_of_a_name_made_to_mean_this_machine_reads_nothing(string header, string value)
    {
        using var write = new HttpRequestMessage(HttpMethod.Delete, "/eureka/apps/SHOP/shop:1") { Headers = { { header, value } } };
        Assert.Equal(HttpStatusCode.Forbidden, (await _agent.Http.SendAsync(write)).StatusCode);
        foreach (var (client, path) in new[] { (_agent.Http, "/eureka/apps"), (_agent.Targets, "/v1/targets") })
        {
            using var read = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { header, value } } };
            using var answer = await client.SendAsync(read);
            // A page of another site cannot read what no header allows it to; one under another name could.
            Assert.Equal(header == "Host", answer.StatusCode == HttpStatusCode.Forbidden);
            Assert.DoesNotContain("Access-Control-Allow-Origin", answer.Headers.Select(one => one.Key));
        }
    }

    [Fact]
    public async Task Where_the_token_is_asked_for_it_comes_as_the_password_of_the_servers_address()
    {
        await using var agent = await FacadeAgent.StartAsync(_folder, more: [new("Agent:Eureka:Access", "token"), new("Agent:Prometheus:Access", "token")], state: "closed");
        Assert.Equal(HttpStatusCode.Forbidden, (await agent.SendAsync("GET", "/eureka/apps")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await agent.SendAsync("POST", "/eureka/apps/SHOP", FacadeAgent.Instance("SHOP", "shop:1"))).Status);
        var (eureka, targets) = (Secret("eureka.token"), Secret("prometheus.token"));
        agent.Http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"anybody:{eureka}")));
        await agent.RegisterAsync("shop", "shop:1");
        agent.Http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"anybody:{targets}")));
        Assert.Equal(HttpStatusCode.Forbidden, (await agent.SendAsync("DELETE", "/eureka/apps/SHOP/shop:1")).Status);
        agent.Http.DefaultRequestHeaders.Authorization = new("Bearer", eureka);
        Assert.Equal(HttpStatusCode.OK, (await agent.SendAsync("DELETE", "/eureka/apps/SHOP/shop:1")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await agent.Targets.GetAsync("/v1/targets")).StatusCode);
        agent.Targets.DefaultRequestHeaders.Authorization = new("Bearer", targets);
        Assert.Equal(HttpStatusCode.OK, (await agent.Targets.GetAsync("/v1/targets")).StatusCode);

        string Secret(string file) => File.ReadAllText(_folder[$"closed/{file}"]).Trim();
    }

    [Theory]
    [InlineData("Eureka:Url", "http://example.com:8761", "Agent:Eureka:Url is 'http://example.com:8761'; it must be http, an IP address and a port, such as http://127.0.0.1:8761.")]
    [InlineData("Eureka:Access", "all", "Agent:Eureka:Access is 'all'; it must be open, write or token.")]
    [InlineData("Eureka:Ur", "x", "Agent:Eureka:Ur is no key. Did you mean 'Url'?")]
    [InlineData("Prometheus:Url", "tcp://127.0.0.1:1", "such as http://127.0.0.1:7397.")]
    [InlineData("Prometheus:Port", "1", "Agent:Prometheus:Port is no key.")]
    public async Task A_wrong_setting_ends_the_start_with_the_key_the_value_and_the_remedy(string key, string value, string expected)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => FacadeAgent.StartAsync(_folder, more: [new($"Agent:{key}", value)], state: "wrong"));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8761", "Open")]
    [InlineData("http://0.0.0.0:8761", "Token")]
    [InlineData(null, null)]
    public void Off_unless_it_is_asked_for_and_beyond_loopback_with_the_token(string? url, string? expected)
    {
        var section = new ConfigurationBuilder().AddInMemoryCollection([new("A:Url", url)]).Build().GetSection("A");
        Assert.Equal(expected, EurekaSettings.Read(section)?.Access.ToString());
        Assert.Equal(expected, Gossip.Cli.Protocols.Prometheus.PrometheusSettings.Read(section)?.Access.ToString());
    }

    [Fact]
    public async Task Thousands_of_connections_and_readers_that_do_not_read_hold_little_and_hold_up_nobody()
    {
        // Each side has its own process, for a process may mostly not have twice as many open files.
        using var folder = new TestFolder();
        await using var agent = await FacadeAgent.StartProcessAsync(folder);
        var text = new string('x', 500);
        var metadata = $"{{ {string.Join(", ", Enumerable.Range(0, 25).Select(k => $"\"k{k}\": \"{text}\""))} }}";
        for (var i = 0; i < 100; i++)
            await agent.RegisterAsync("shop", $"shop:{i}", metadata: metadata);
        var sockets = new List<Socket>();
        try
        {
            // Each of a thousand asks for more than the kernel holds for it, and the rest says nothing.
            var request = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("GET /eureka/apps/SHOP HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 10)));
            for (var i = 0; i < 6_000; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                if (i < 1_000)
                    socket.ReceiveBufferSize = 4096;
                await socket.ConnectAsync(IPAddress.Loopback, agent.Eureka.Port);
                if (i < 1_000)
                    await socket.SendAsync(request);
            }

            Assert.Equal(100, (await agent.AllAsync()).Length);
            Assert.Equal(HttpStatusCode.OK, (await agent.SendAsync("PUT", "/eureka/apps/SHOP/shop:1")).Status);
            Assert.InRange(await agent.ResidentKilobytesAsync(), 0, 700_000);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }
}
