using System.Net;
using System.Net.Sockets;
using System.Text;
using Gossip.Cli.Protocols.Consul;
using Gossip.Cli.Protocols.Consul.Model;

namespace Gossip.Cli.Tests.Protocols.Consul;

/// <summary>Callers that want too much: each is refused or left, and the others are served.</summary>
public sealed class HostileTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new();
    private ConsulAgent _agent = null!;

    public async Task InitializeAsync() => _agent = await ConsulAgent.StartAsync(_folder);

    public async Task DisposeAsync()
    {
        await _agent.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("/v1/agent/service/register")]
    [InlineData("/v1/agent/check/register")]
    [InlineData("/v1/agent/check/update/x")]
    [InlineData("/v1/catalog/register")]
    public async Task A_body_without_end_is_refused(string path)
    {
        var (status, text) = await _agent.PutAsync(path, new string(' ', ConsulBody.MostBytes + 1));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, true), (status, text.Contains("524288", StringComparison.Ordinal)));

        // Without a length it is counted while it comes.
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new Endless(ConsulBody.MostBytes + 1), Headers = { TransferEncodingChunked = true } };
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await _agent.Http.SendAsync(request)).StatusCode);
    }

    [Fact]
    public async Task A_check_that_would_wait_for_longer_than_a_timer_can_stops_no_other()
    {
        var web = new TcpListener(IPAddress.Loopback, 0);
        web.Start();
        var port = ((IPEndPoint)web.LocalEndpoint).Port;
        foreach (var (id, times) in new[] { ("slow", "'Interval': '10s', 'Timeout': '1200h'"), ("seldom", "'Interval': '1200h'") })
            await RegisterAsync(id, times);
        await RegisterAsync("well", "'Interval': '100ms'");

        await Eventually.HoldsAsync(async () => await IsPassingAsync("well"), "a later check runs");
        web.Stop();
        await Eventually.HoldsAsync(async () => !await IsPassingAsync("well"), "and runs again");

        async Task RegisterAsync(string id, string times) => Assert.Equal(HttpStatusCode.OK, (await _agent.PutAsync(
            "/v1/agent/service/register", $"{{'Name': '{id}', 'Check': {{'TCP': '127.0.0.1:{port}', {times}}}}}".Replace('\'', '"'))).Status);

        async Task<bool> IsPassingAsync(string id) =>
            (await _agent.Http.GetStringAsync($"/v1/health/service/{id}?passing")).Contains($"\"{id}\"", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_thousand_blocked_connections_leave_room_for_those_who_write()
    {
        // Each side has its own process, for a process may mostly not have twice as many open files.
        using var folder = new TestFolder();
        await using var agent = await ConsulClient.StartAsync(folder);
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < ConsulProtocol.MostWaiters; i++)
                sockets.Add(await OpenAsync(agent.Url, $"GET /v1/health/service/s{i % 100}?index=9000000000000&wait=10m HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
            await agent.HasBlockedAsync(ConsulProtocol.MostWaiters);
            using var refused = await agent.Http.GetAsync("/v1/health/service/s1?index=9000000000000&wait=10m");
            Assert.Equal((HttpStatusCode.TooManyRequests, true), (refused.StatusCode, (await refused.Content.ReadAsStringAsync()).Contains("queries are blocked", StringComparison.Ordinal)));

            await agent.RegisterAsync("""{ "Name": "s1", "Port": 80 }""");
            Assert.Equal(["s1"], await agent.IdsAsync("s1"));
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        await agent.HasBlockedAsync(0);
    }

    [Fact]
    public async Task Bodies_that_do_not_end_hold_so_much_and_no_more()
    {
        var part = new byte[ConsulBody.MostBytes - 1];
        var sockets = new List<Socket>();
        try
        {
            for (var i = 0; i < 120; i++)
                await HoldAsync();
            // Of those who come at one moment more than one may be refused for the last room: so the rest comes one after the other.
            await Eventually.HoldsAsync(
                async () =>
                {
                    await HoldAsync();
                    return await _agent.PutAsync("/v1/agent/service/register", new string(' ', 256 * 1024) + "{ \"Name\": \"web\" }") is (HttpStatusCode.ServiceUnavailable, var text)
                        && text.Contains("room", StringComparison.Ordinal);
                },
                "there is no room for another");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }

        await Eventually.HoldsAsync(async () => (await _agent.PutAsync("/v1/agent/service/register", """{ "Name": "web" }""")).Status == HttpStatusCode.OK, "there is room again");

        async Task HoldAsync()
        {
            sockets.Add(await OpenAsync(_agent.Url, $"PUT /v1/agent/service/register HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {part.Length + 1}\r\n\r\n"));
            await sockets[^1].SendAsync(part);
        }
    }

    [Fact]
    public async Task A_reader_that_does_not_read_is_left()
    {
        var text = new string('x', 500);
        for (var i = 0; i < 30; i++)
            await _agent.RegisterAsync($$"""{ "ID": "s{{i}}", "Name": "web", "Meta": { {{string.Join(", ", Enumerable.Range(0, 20).Select(k => $"\"k{k}\": \"{text}\""))}} } }""");
        // Its window is small, and it asks for more than the kernel holds for it; what it is sent may take eight seconds for each megabyte.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(IPAddress.Loopback, _agent.Url.Port);
        var request = Encoding.ASCII.GetBytes("GET /v1/health/service/web HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        for (var i = 0; i < 40; i++)
            await socket.SendAsync(request);
        Assert.Equal(30, (await _agent.IdsAsync("web")).Length);
        await Eventually.HoldsAsync(() => IsClosed(socket), "it is left");
    }

    [Fact]
    public async Task So_many_services_and_no_more()
    {
        var source = Enumerable.Range(0, ConsulSource.MostChecks + 1).Select(i => $$"""{ "CheckID": "c{{i}}", "TTL": "1h" }""");
        var (status, text) = await _agent.PutAsync("/v1/agent/service/register", $$"""{ "Name": "web", "Checks": [ {{string.Join(", ", source)}} ] }""");
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, text.Contains("at most 32", StringComparison.Ordinal)));
        for (var i = 0; i < ConsulSource.MostChecks; i++)
            await _agent.DoAsync("/v1/agent/check/register", $$"""{ "ID": "n{{i}}", "Name": "n", "TTL": "1h", "Status": "passing" }""");
        (status, text) = await _agent.PutAsync("/v1/agent/check/register", """{ "ID": "more", "Name": "n", "TTL": "1h" }""");
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, text.Contains("as many as it takes", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("""{ "Name": "a\nb" }""", "'a\\u000Ab'")]
    [InlineData("""{ "Name": "web", "Address": "not a host" , "Port": 80 }""", "it must be a host name or an IP address")]
    [InlineData("""{ "Name": "web", "Check": { "HTTP": "file:///etc/passwd", "Interval": "1s" } }""", "is no place to ask")]
    [InlineData("""{ "Name": "web", "Check": { "HTTP": "http://127.0.0.1/", "Method": "A B", "Interval": "1s" } }""", "is no method")]
    [InlineData("""{ "Name": "web", "Check": { "TCP": "nowhere", "Interval": "1s" } }""", "is no place to ask")]
    public async Task What_the_cluster_could_not_hold_is_refused_with_the_reason(string body, string expected)
    {
        var (status, text) = await _agent.PutAsync("/v1/agent/service/register", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(expected, text, StringComparison.Ordinal);
    }

    private static async Task<Socket> OpenAsync(Uri url, string request)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, url.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        return socket;
    }

    /// <summary>Whether the other side has broken the connection off; what it has sent is not read.</summary>
    private static bool IsClosed(Socket socket) => (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! != 0;

    private sealed class Endless(int bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(new byte[bytes]).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
