using System.Net;
using System.Net.Sockets;

namespace Gossip.Tests.Http;

/// <summary>
/// What sockets do by themselves after a request was sent fails in the same words as the first connection. Over real connections: no
/// request is executed by a second instance, and nobody is ejected for the failure of another. Requests go to the first instance, <see
/// cref="_one"/>.
/// </summary>
public sealed class SentOnceTests : IAsyncDisposable
{
    private readonly RawServer _one = new();
    private readonly RawServer _two = new();

    private string Both => $"payments:http:0=http://127.0.0.1:{_one.Port} payments:http:1=http://127.0.0.1:{_two.Port}";

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
    }

    public static TheoryData<string, string, string> DeadEnds()
    {
        var all = new TheoryData<string, string, string>();
        foreach (var primary in new[] { "sockets", "client handler", "started sockets", "sockets with credentials" })
        {
            all.Add(primary, "303 See Other", "http://127.0.0.1:1/");
            all.Add(primary, "307 Temporary Redirect", "http://127.0.0.1:1/");
            all.Add(primary, "308 Permanent Redirect", "http://nowhere.invalid/");
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(DeadEnds))]
    public async Task A_redirect_to_where_nobody_is_ends_there(string primary, string status, string location)
    {
        _one.Answer = _two.Answer = _ => $"{status}\r\nLocation: {location}";
        using var client = new NamedClient(Both, primary: await PrimaryAsync(primary));

        for (var i = 1; i <= 6; i++)
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(client));
            Assert.Equal((i, 0), (_one.Heard.Length, _two.Heard.Length));
        }

        NobodyIsEjected(client);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("DELETE")]
    [InlineData("PUT")]
    [InlineData("GET")]
    public async Task A_request_on_a_connection_that_ends_without_an_answer_was_sent(string method)
    {
        _one.Answer = heard => heard.StartsWith(method, StringComparison.Ordinal) ? RawServer.Dies : "200 OK";
        using var client = new NamedClient(Both, primary: new SocketsHttpHandler());
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://payments/pay");

        await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.SendAsync(request, Eventually.Patience()));

        Assert.Equal([$"{method} /pay payments"], _one.Heard);
        Assert.Empty(_two.Heard);
    }

    [Theory]
    [InlineData("POST", null)]
    [InlineData("POST", "3")]
    public async Task Where_sockets_cannot_be_watched_what_may_have_been_sent_is_not_sent_on(string method, string? body)
    {
        _one.Answer = _ => RawServer.Dies;
        using var client = new NamedClient(Both, primary: new HttpClientHandler());
        using var request = Request(method, body);
        request.Headers.ExpectContinue = body is not null;

        await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.SendAsync(request, Eventually.Patience()));

        Assert.Single(_one.Heard);
        Assert.Empty(_two.Heard);
    }

    [Fact]
    public async Task A_request_that_expects_to_be_told_to_go_on_was_sent()
    {
        _one.Answer = _ => RawServer.Dies;
        using var client = new NamedClient(Both, primary: new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) });
        using var request = Request("POST", "3");
        request.Headers.ExpectContinue = true;

        await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.SendAsync(request, Eventually.Patience()));

        Assert.Equal(["POST /pay payments"], _one.Heard);
        Assert.Empty(_two.Heard);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_challenged_to_authenticate_was_sent(bool isSockets)
    {
        _one.Answer = _ => "401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"pay\"\r\nConnection: dies";
        var place = new Uri($"http://127.0.0.1:{_one.Port}/");
        var credentials = new CredentialCache { { place, "Basic", new NetworkCredential("me", "secret") } };
        using HttpMessageHandler primary = isSockets
            ? new SocketsHttpHandler { Credentials = credentials }
            : new HttpClientHandler { Credentials = credentials };
        using var client = new NamedClient(Both, primary: primary);

        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(client));

        Assert.Equal(["POST /pay payments 3"], _one.Heard);
        Assert.Empty(_two.Heard);
    }

    [Theory]
    [InlineData("sockets", "POST", false, true)]
    [InlineData("sockets", "DELETE", false, true)]
    [InlineData("sockets", "POST", true, true)]
    [InlineData("sockets", "GET", false, true)]
    [InlineData("sockets with credentials", "DELETE", false, true)]
    [InlineData("client handler", "GET", false, true)]
    [InlineData("client handler", "POST", true, true)]
    [InlineData("client handler", "POST", false, false)]
    [InlineData("started sockets", "POST", true, true)]
    [InlineData("started sockets", "DELETE", false, false)]
    [InlineData("outer", "GET", false, true)]
    [InlineData("outer", "POST", true, true)]
    [InlineData("outer", "DELETE", false, true)]
    public async Task What_certainly_was_not_sent_goes_to_another(string primary, string method, bool hasBody, bool goesOn)
    {
        using var nobody = Nobody();
        var services = $"payments:http:0=http://{nobody.LocalEndPoint} payments:http:1=http://127.0.0.1:{_two.Port}";
        using var client = new NamedClient(services, primary: await PrimaryAsync(primary));
        using var request = Request(method, hasBody ? "3" : null);

        if (goesOn)
            (await client.Http.SendAsync(request, Eventually.Patience())).Dispose();
        else
            await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.SendAsync(request, Eventually.Patience()));
        Assert.Equal(goesOn ? [$"{method} /pay payments {(hasBody ? "3" : "")}".TrimEnd()] : [], _two.Heard);
        var instances = client.Discovery.GetInstances("payments");
        Assert.Equal([true, false], instances.Select(instance => instance.Statistics.Ejection is not null));
    }

    [Theory]
    [InlineData("POST", false)]
    [InlineData("POST", true)]
    [InlineData("GET", true)]
    public async Task What_a_handler_of_the_applications_has_sent_again_by_itself_was_sent(string method, bool copies)
    {
        _one.Answer = _ => "500 Internal Server Error\r\nConnection: dies";
        using var client = new NamedClient(Both, primary: new Twice(copies) { InnerHandler = new SocketsHttpHandler() });
        using var request = Request(method, null);

        await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.SendAsync(request, Eventually.Patience()));

        Assert.Equal([$"{method} /pay payments"], _one.Heard);
        Assert.Empty(_two.Heard);
        NobodyIsEjected(client);
    }

    [Theory]
    [InlineData("http", true)]
    [InlineData("http", false)]
    [InlineData("https", false)]
    public async Task A_proxy_that_fails_ejects_no_instance(string scheme, bool isThere)
    {
        using var nobody = Nobody();
        await using var proxy = new RawServer { Answer = _ => "407 Proxy Authentication Required\r\nConnection: close" };
        var through = new WebProxy($"http://127.0.0.1:{(isThere ? proxy.Port : ((IPEndPoint)nobody.LocalEndPoint!).Port)}");
        var services = Both.Replace("http", scheme, StringComparison.Ordinal);
        using var client = new NamedClient(services, primary: new SocketsHttpHandler { Proxy = through });

        for (var i = 0; i < 6; i++)
        {
            if (isThere)
                Assert.Equal(HttpStatusCode.ProxyAuthenticationRequired, (await PostAsync(client, scheme)).StatusCode);
            else
                await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(client, scheme));
        }

        NobodyIsEjected(client);
    }

    [Fact]
    public async Task A_tunnel_that_a_proxy_does_not_make_ejects_no_instance()
    {
        await using var proxy = new RawServer { Answer = _ => "403 Forbidden\r\nConnection: close" };
        var sockets = new SocketsHttpHandler { Proxy = new WebProxy($"http://127.0.0.1:{proxy.Port}") };
        using var client = new NamedClient(Both.Replace("http", "https", StringComparison.Ordinal), primary: sockets);

        for (var i = 1; i <= 6; i++)
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(client, "https"));
            Assert.Equal(i, proxy.Heard.Length);
        }

        NobodyIsEjected(client);
    }

    private static Task<HttpResponseMessage> PostAsync(NamedClient client, string scheme = "http") =>
        client.Http.PostAsync($"{scheme}://payments/pay", new StringContent("3"), Eventually.Patience());

    private static HttpRequestMessage Request(string method, string? body) =>
        new(new HttpMethod(method), "http://payments/pay") { Content = body is null ? null : new StringContent(body) };

    private static void NobodyIsEjected(NamedClient client) => Assert.All(
        client.Discovery.GetInstances("payments"),
        instance => Assert.Equal((null, 0), (instance.Statistics.Ejection, instance.Statistics.InFlight)));

    /// <summary>Bound, but it does not listen: connections are refused, and nobody else takes the port.</summary>
    private static Socket Nobody()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static async Task<HttpMessageHandler> PrimaryAsync(string kind)
    {
        if (kind == "client handler")
            return new HttpClientHandler();
        var credentials = kind == "sockets with credentials" ? new NetworkCredential("me", "secret") : null;
        var sockets = new SocketsHttpHandler { Credentials = credentials };
        if (kind == "outer")
            return new Outer { InnerHandler = sockets };
        if (kind == "started sockets")
        {
            await using var other = new RawServer();
            using var plain = new HttpClient(sockets, disposeHandler: false);
            (await plain.GetAsync(new Uri($"http://127.0.0.1:{other.Port}/"), Eventually.Patience())).Dispose();
        }

        return sockets;
    }

    private sealed class Outer : DelegatingHandler;

    /// <summary>A retry that an application has put behind the calls by name.</summary>
    private sealed class Twice(bool copies) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var first = await base.SendAsync(Next(request), cancellationToken);
            return await base.SendAsync(Next(request), cancellationToken);
        }

        private HttpRequestMessage Next(HttpRequestMessage request)
        {
            if (!copies)
                return request;
            var copy = new HttpRequestMessage(request.Method, request.RequestUri);
            copy.Headers.Host = request.Headers.Host;
            return copy;
        }
    }
}
