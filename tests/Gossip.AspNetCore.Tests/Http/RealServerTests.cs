using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.AspNetCore.Tests.Http;

/// <summary>Calls by name over real sockets, with real TLS.</summary>
public sealed class RealServerTests
{
    private readonly CancellationToken _patience = Eventually.Patience();

    [Theory]
    [InlineData("1.1", "http")]
    [InlineData("1.1", "https")]
    [InlineData("2.0", "https")]
    [InlineData("2.0", "http")]
    public async Task A_server_sees_the_name_that_was_called(string version, string scheme)
    {
        await using var server = await WebServer.StartAsync(
            http => http.Response.WriteAsync($"{http.Request.Protocol} {http.Request.Host}"), scheme == "https" ? "payments" : null, onlyHttp2: (version, scheme) is ("2.0", "http"));
        using var client = Client($"payments:{scheme}:0={server.Address}");
        client.DefaultRequestVersion = new Version(version);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        Assert.Equal($"HTTP/{version.Replace(".0", "")} payments", await client.GetStringAsync($"{scheme}://Payments/", _patience));
    }

    [Theory]
    [InlineData("payments", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("orders", false)]
    public async Task A_certificate_must_have_the_name_that_was_called(string certified, bool isAccepted)
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync("paid"), certified);
        using var client = Client($"payments:https:0={server.Address}");

        var call = client.GetStringAsync("https+http://payments/", _patience);

        if (isAccepted)
            Assert.Equal("paid", await call);
        else
            Assert.Equal(HttpRequestError.SecureConnectionError, (await Assert.ThrowsAsync<HttpRequestException>(() => call)).HttpRequestError);
    }

    [Theory]
    [InlineData("заказы", "xn--80aatcn8h", "1.1", "http")]
    [InlineData("заказы", "xn--80aatcn8h", "1.1", "https")]
    [InlineData("straße", "xn--strae-oqa", "2.0", "https")]
    [InlineData("注文", "xn--7dv27n", "2.0", "http")]
    public async Task A_name_beyond_ASCII_is_called_and_certified_as_the_network_writes_it(string service, string host, string version, string scheme)
    {
        await using var server = await WebServer.StartAsync(
            http => http.Response.WriteAsync($"{http.Request.Host}"), scheme == "https" ? host : null, onlyHttp2: (version, scheme) is ("2.0", "http"));
        using var client = Client($"{service}:{scheme}:0={server.Address}");
        client.DefaultRequestVersion = new Version(version);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;

        Assert.Equal(host, await client.GetStringAsync($"{scheme}://{service}/", _patience));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_server_that_sends_all_to_https_is_called_there_by_name_and_ejects_nobody(bool hasHttps)
    {
        await using var secure = await WebServer.StartAsync(http => http.Response.WriteAsync($"{http.Request.Method} {http.Request.Scheme} {http.Request.Host}"), "payments");
        // As UseHttpsRedirection() answers, with the port of the server's own https.
        RequestDelegate redirect = http =>
        {
            http.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            http.Response.Headers.Location = UriHelper.BuildAbsolute("https", new HostString(http.Request.Host.Host, 5001), http.Request.PathBase, http.Request.Path, http.Request.QueryString);
            return Task.CompletedTask;
        };
        await using var one = await WebServer.StartAsync(redirect);
        await using var two = await WebServer.StartAsync(redirect);
        var discovery = Discovery($"payments:http:0={one.Address} payments:http:1={two.Address}{(hasHttps ? $" payments:https:0={secure.Address}" : "")}");
        using var client = new HttpClient(Chain(discovery));

        for (var i = 0; i < 12; i++)
        {
            if (hasHttps)
                Assert.Equal("POST https payments", await (await client.PostAsync("http://payments/pay", new StringContent("3"), _patience)).Content.ReadAsStringAsync(_patience));
            else
                await Assert.ThrowsAsync<NoInstancesException>(() => client.PostAsync("http://payments/pay", new StringContent("3"), _patience));
        }

        Assert.All(discovery.GetInstances("payments"), one => Assert.False(one.IsEjected, $"{one} is ejected"));
    }

    [Fact]
    public async Task An_endpoint_with_a_host_name_needs_a_certificate_of_that_name_as_in_development()
    {
        await using var server = await WebServer.StartAsync(http => http.Response.WriteAsync($"{http.Request.Host}"), "localhost");
        using var client = Client($"payments:https:0=https://localhost:{server.Address.Port}");

        Assert.Equal($"localhost:{server.Address.Port}", await client.GetStringAsync("https+http://payments/", _patience));
    }

    [Fact]
    public async Task What_is_posted_to_a_server_that_refuses_arrives_whole_at_the_next()
    {
        var body = new byte[300_000];
        new Random(1).NextBytes(body);
        await using var server = await WebServer.StartAsync(async http => await http.Request.Body.CopyToAsync(http.Response.Body));
        using var nobody = new Socket(SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        // Bound, but it does not listen: connections are refused, and nobody else takes the port.
        using var client = Client($"payments:http:0=http://{nobody.LocalEndPoint} payments:http:1={server.Address}");

        for (var i = 0; i < 4; i++)
        {
            // A stream that cannot go back: it is read once, by the server that answers.
            using var response = await client.PostAsync("http://payments/", new StreamContent(new OneWay(body)), _patience);
            Assert.Equal(body, await response.Content.ReadAsByteArrayAsync(_patience));
        }
    }

    [Fact]
    public async Task A_server_that_hangs_up_in_the_middle_is_not_asked_again()
    {
        var asked = 0;
        await using var server = await WebServer.StartAsync(async http =>
        {
            Interlocked.Increment(ref asked);
            await http.Request.Body.CopyToAsync(Stream.Null);
            http.Abort();
        });
        using var client = Client($"payments:http:0={server.Address} payments:http:1={server.Address}");

        await Assert.ThrowsAsync<HttpRequestException>(() => client.PostAsync("http://payments/", new StringContent("3"), _patience));

        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task Two_clients_reach_two_services_at_the_same_time()
    {
        await using var a = await WebServer.StartAsync(http => http.Response.WriteAsync($"a {http.Request.Path} {http.Request.Host}"));
        await using var b = await WebServer.StartAsync(http => http.Response.WriteAsync($"b {http.Request.Path} {http.Request.Host}"));
        var services = $"a:http:0={a.Address} b:http:0={b.Address}";
        using var first = Client(services);
        using var second = Client(services);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            var name = i % 3 == 0 ? "a" : "b";
            Assert.Equal($"{name} /{i} {name}", await (i % 2 == 0 ? first : second).GetStringAsync($"http://{name}/{i}", _patience));
        }));
    }

    [Theory]
    [InlineData("ws", null)]
    [InlineData("wss", "payments")]
    public async Task A_web_socket_is_opened_by_name(string scheme, string? certified)
    {
        await using var server = await WebServer.StartAsync(
            async http =>
            {
                using var socket = await http.WebSockets.AcceptWebSocketAsync();
                await socket.SendAsync(Encoding.UTF8.GetBytes($"{http.Request.Host}"), WebSocketMessageType.Text, true, _patience);
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, _patience);
            },
            certified);
        using var invoker = new HttpMessageInvoker(Chain($"payments:{server.Address.Scheme}:0={server.Address}"));
        using var socket = new ClientWebSocket();

        await socket.ConnectAsync(new Uri($"{scheme}://payments/live"), invoker, _patience);

        var buffer = new byte[64];
        var received = await socket.ReceiveAsync(buffer, _patience);
        Assert.Equal("payments", Encoding.UTF8.GetString(buffer, 0, received.Count));
    }

    [Theory]
    [InlineData("0", true, false, false)]
    [InlineData("5", true, false, false)]
    [InlineData("2", true, true, false)]
    [InlineData("13", true, true, false)]
    [InlineData("14", true, true, true)]
    [InlineData("13", false, true, false)]
    [InlineData("14", false, true, true)]
    public async Task What_gRPC_says_of_a_call_is_heard_after_a_message_and_without_one(string status, bool hasMessage, bool fails, bool ejects)
    {
        await using var server = await WebServer.StartAsync(
            async http =>
            {
                http.Response.ContentType = "application/grpc+proto";
                if (!hasMessage)
                {
                    http.Response.Headers["grpc-status"] = status;
                    return;
                }

                await http.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 1, 42 });
                await http.Response.Body.FlushAsync();
                http.Response.AppendTrailer("grpc-status", status);
            },
            onlyHttp2: true);
        var discovery = Discovery($"payments:http:0={server.Address}");
        using var client = new HttpClient(new GossipHttpHandler(discovery) { InnerHandler = new SocketsHttpHandler() })
        {
            DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        for (var i = 0; i < 5; i++)
        {
            using var response = await client.GetAsync("http://payments/pay.Service/Pay", HttpCompletionOption.ResponseHeadersRead, _patience);
            Assert.Equal(hasMessage ? 6 : 0, (await response.Content.ReadAsByteArrayAsync(_patience)).Length);
            Assert.Equal([status], (hasMessage ? response.TrailingHeaders : response.Headers).GetValues("grpc-status"));
        }

        var instance = discovery.GetInstances("payments")[0];
        Assert.Equal((0, fails, ejects), (instance.InFlight, instance.Statistics.Failing > 0.5f, instance.IsEjected));
    }

    private static HttpClient Client(string services) => new(Chain(services));

    private static GossipHttpHandler Chain(string services) => Chain(Discovery(services));

    /// <summary>Certificates of this test are signed by nobody: that is let pass, and nothing else.</summary>
    private static GossipHttpHandler Chain(IServiceDiscovery discovery) => new(discovery)
    {
        InnerHandler = new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, errors) => errors is SslPolicyErrors.None or SslPolicyErrors.RemoteCertificateChainErrors },
        },
    };

    private static IServiceDiscovery Discovery(string services)
    {
        var pairs = services.Split(' ').Select(pair => pair.Split('=')).Select(pair => KeyValuePair.Create($"Services:{pair[0]}", (string?)pair[1]));
        var collection = new ServiceCollection();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(pairs).Build();
        collection.AddSingleton<IConfiguration>(configuration).AddLogging().AddGossipNode(configuration.GetSection("Gossip"));
        return collection.BuildServiceProvider().GetRequiredService<IServiceDiscovery>();
    }

    private sealed class OneWay(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
