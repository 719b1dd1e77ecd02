using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Gossip.AspNetCore.Tests.Access;

/// <summary>Who passes for a caller on this machine, in Development: a real Kestrel, and requests byte for byte.</summary>
public sealed class LocalCallerTests
{
    /// <summary><c>ASPNETCORE_FORWARDEDHEADERS_ENABLED=true</c>: reads the headers that proxies set, whoever sends them.</summary>
    private const string ForwardedHeaders = "--ForwardedHeaders_Enabled=true";

    [Theory]
    [InlineData("Accept: */*")]
    [InlineData("Host: localhost:5000")]
    [InlineData("Host: orders.dev.localhost:5000")]
    [InlineData("Host: [::1]")]
    [InlineData("Sec-Fetch-Site: none")]
    [InlineData("Sec-Fetch-Site: same-origin")]
    [InlineData("Host: 127.0.0.1:5000", "Origin: http://127.0.0.1:5000", "Sec-Fetch-Site: same-origin")]
    [InlineData("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document")]
    public async Task A_program_and_a_browser_on_this_machine_are_answered(params string[] lines)
    {
        await using var app = await StartAsync();

        var answer = await RawHttp.GetAsync(Address(app), lines);

        Assert.Equal((200, true), (answer.Status, answer.ShowsMembers));
        Assert.Equal("no-store", answer.Header("Cache-Control"));
    }

    [Fact]
    public async Task A_server_that_listens_everywhere_knows_callers_on_this_machine_too()
    {
        await using var app = await StartAsync(build: builder => builder.WebHost.UseUrls("http://*:0"));

        var answer = await RawHttp.GetAsync(new Uri($"http://127.0.0.1:{Address(app).Port}"));

        Assert.Equal((200, true), (answer.Status, answer.ShowsMembers));
    }

    /// <summary>With <c>proxy_pass http://127.0.0.1:5000;</c> alone nginx names that host, and tells nothing of whom it asks for.</summary>
    [Fact]
    public async Task What_a_bare_proxy_passes_on_is_refused()
    {
        await using var app = await StartAsync();

        AssertRefused("a proxy", await RawHttp.SendAsync(Address(app), "GET /gossip HTTP/1.0", "User-Agent: somebody"));
    }

    [Theory]
    [InlineData("X-Forwarded-For: 127.0.0.1")]
    [InlineData("X-Forwarded-For: 127.0.0.1:1234")]
    [InlineData("X-Forwarded-For: ::1")]
    public async Task An_address_that_a_header_claims_is_nobodys(string line)
    {
        await using var near = await StartAsync([ForwardedHeaders]);
        await using var far = await StartAsync([ForwardedHeaders], isFar: true);

        AssertRefused("a proxy", await RawHttp.GetAsync(Address(near), line));
        AssertRefused("a proxy", await RawHttp.GetAsync(Address(far), line));
        AssertRefused("not come from this machine", await RawHttp.GetAsync(Address(far)));
    }

    [Fact]
    public async Task A_header_does_not_make_a_callers_address_whatever_the_application_calls_it()
    {
        await using var app = await StartAsync(map: app => app.UseForwardedHeaders(new ForwardedHeadersOptions
        {
            ForwardedHeaders = Microsoft.AspNetCore.HttpOverrides.ForwardedHeaders.XForwardedFor,
            ForwardedForHeaderName = "Edge-Client",
            OriginalForHeaderName = "Edge-Peer",
        }));

        AssertRefused("not come from this machine", await RawHttp.GetAsync(Address(app), "Edge-Client: 127.0.0.1"));
    }

    [Fact]
    public async Task A_header_does_not_make_the_address_of_a_caller_that_has_none()
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.sock");
        await using var app = await StartAsync(
            [ForwardedHeaders], build: builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path)));
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(path), Eventually.Patience());
        await using var connection = new NetworkStream(client);

        var answer = await RawHttp.SendAsync(connection, "127.0.0.1", "GET /gossip HTTP/1.1", "X-Forwarded-For: 127.0.0.1");
        AssertRefused("not come from this machine", answer);
    }

    [Theory]
    [InlineData("Forwarded: for=127.0.0.1")]
    [InlineData("Via: 1.1 proxy")]
    [InlineData("X-Real-IP: 127.0.0.1")]
    [InlineData("X-Forwarded-Proto: https")]
    [InlineData("X-Original-For: 127.0.0.1")]
    [InlineData("CF-Connecting-IP: 127.0.0.1")]
    public async Task A_request_that_a_proxy_speaks_of_is_refused(string line)
    {
        await using var app = await StartAsync();

        AssertRefused("a proxy", await RawHttp.GetAsync(Address(app), line));
    }

    [Theory]
    [InlineData("Origin: https://evil.example")]
    [InlineData("Origin: null")]
    [InlineData("Origin: http://127.0.0.1:1")]
    [InlineData("Sec-Fetch-Site: cross-site")]
    [InlineData("Sec-Fetch-Site: same-site")]
    [InlineData("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe")]
    public async Task A_page_of_another_origin_is_refused(params string[] lines)
    {
        await using var app = await StartAsync();

        AssertRefused("a page of another origin", await RawHttp.GetAsync(Address(app), lines));
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("evillocalhost")]
    [InlineData("10.0.0.1")]
    [InlineData("")]
    public async Task A_name_that_a_web_page_has_pointed_at_this_machine_is_refused(string host)
    {
        await using var app = await StartAsync();

        var answer = await RawHttp.GetAsync(Address(app), $"Host: {host}", $"Origin: http://{host}", "Sec-Fetch-Site: same-origin");
        AssertRefused("DNS rebinding", answer);
    }

    private static void AssertRefused(string reason, RawAnswer answer)
    {
        Assert.False(answer.ShowsMembers, $"The cluster is shown:\n{answer.Text[..Math.Min(400, answer.Text.Length)]}");
        Assert.True(answer.Status is 401 or 403, answer.Text);
        Assert.Contains(reason, answer.Text);
        Assert.Contains("RequireAuthorization", answer.Text);
    }

    private static Uri Address(TestApp app) => new(app.App.Urls.First());

    /// <param name="arguments">The command line.</param>
    /// <param name="map">Middleware of the application's own.</param>
    /// <param name="build">Where else it listens.</param>
    /// <param name="isFar">Connections come from another machine: this one may have no second address to come from.</param>
    private static Task<TestApp> StartAsync(
        string[]? arguments = null, Action<WebApplication>? map = null, Action<WebApplicationBuilder>? build = null, bool isFar = false) =>
        TestApp.StartAsync(
        "orders",
        build: builder =>
        {
            build?.Invoke(builder);
            if (isFar)
                builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(Far.Comes));
        },
        map: app =>
        {
            map?.Invoke(app);
            app.MapGossip();
        },
        arguments: arguments ?? []);
}
