using System.Net;
using System.Net.Http.Headers;
using Gossip.Http;

namespace Gossip.Tests.Http;

public sealed class RedirectTests : IAsyncDisposable
{
    private readonly RawServer _service = new();
    private readonly RawServer _elsewhere = new();

    private string Payments => $"payments:http:0=http://127.0.0.1:{_service.Port}";

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await _elsewhere.DisposeAsync();
    }

    [Theory]
    [InlineData("http://payments/pay", "/done", "http://payments/done")]
    [InlineData("http://payments/pay", "done?x=1", "http://payments/done?x=1")]
    [InlineData("http://payments/pay", "//payments/done", "http://payments/done")]
    [InlineData("http://payments/pay", "http://payments/done", "http://payments/done")]
    [InlineData("http://payments/pay", "http://PAYMENTS/done", "http://payments/done")]
    [InlineData("http://payments/pay", "http://payments:5001/done", "http://payments/done")]
    [InlineData("https+http://payments/pay", "/done", "http://payments/done")]
    [InlineData("http://_http.payments/pay", "http://payments/done", "http://_http.payments/done")]
    [InlineData("http://_http.payments/pay", "/done", "http://_http.payments/done")]
    [InlineData("http://payments/pay#part", "/done", "http://payments/done#part")]
    public async Task The_services_own_name_is_called_by_name_again(string asked, string location, string at)
    {
        _service.Answer = heard =>
            heard.Contains("/pay ", StringComparison.Ordinal) ? $"307 Temporary Redirect\r\nLocation: {location}" : "200 OK";
        var selector = new NamedClient.InTurn();
        using var client = new NamedClient(Payments, selector, primary: new SocketsHttpHandler());

        using var answer = await client.Http.PostAsync(asked, new StringContent("3"), Eventually.Patience());

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["POST /pay payments 3", $"POST {new Uri(at).PathAndQuery} payments 3"], _service.Heard);
        Assert.Equal(at, answer.RequestMessage!.RequestUri!.ToString());
        Assert.Null(answer.RequestMessage.Headers.Host);
        Assert.Equal(2, selector.Calls.Count);
    }

    [Theory]
    [InlineData("303 See Other", "GET /done ")]
    [InlineData("302 Found", "GET /done ")]
    [InlineData("307 Temporary Redirect", "POST /done ")]
    public async Task Elsewhere_it_goes_as_any_client_goes_there(string status, string expected)
    {
        var there = $"127.0.0.1:{_elsewhere.Port}";
        _service.Answer = _ => $"{status}\r\nLocation: http://{there}/done";
        using var client = new NamedClient(Payments, primary: new SocketsHttpHandler());
        client.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "secret");

        using var answer = await PostAsync(client);

        Assert.Equal(["POST /pay payments 3 Bearer secret"], _service.Heard);
        Assert.Equal([$"{expected}{there}{(expected.StartsWith("POST", StringComparison.Ordinal) ? " 3" : "")}"], _elsewhere.Heard);
    }

    [Fact]
    public async Task Another_service_is_called_by_name_too_but_not_for_a_stranger()
    {
        var services = $"{Payments} ledger:http:0=http://127.0.0.1:{_elsewhere.Port}";
        _service.Answer = _ => "302 Found\r\nLocation: http://ledger/book";
        using var client = new NamedClient(services, primary: new SocketsHttpHandler());

        using var answer = await client.Http.GetAsync("http://payments/pay", Eventually.Patience());
        var stranger = $"http://127.0.0.1:{_service.Port}/";
        await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.GetAsync(stranger, Eventually.Patience()));

        Assert.Equal(["GET /book ledger"], _elsewhere.Heard);
    }

    [Fact]
    public async Task A_scheme_that_the_service_has_not_is_told_of()
    {
        _service.Answer = _ => "307 Temporary Redirect\r\nLocation: https://payments:5001/pay";
        using var client = new NamedClient(Payments, primary: new SocketsHttpHandler());

        var failure = await Assert.ThrowsAsync<NoInstancesException>(() => PostAsync(client));

        Assert.Contains("https", failure.Message, StringComparison.Ordinal);
        Assert.Single(_service.Heard);
        Assert.Null(client.Discovery.GetInstances("payments")[0].Statistics.Ejection);
    }

    [Theory]
    [InlineData(true, 50, 51)]
    [InlineData(true, 2, 3)]
    [InlineData(false, 50, 1)]
    public async Task The_client_says_how_many_are_followed(bool follows, int most, int heard)
    {
        _service.Answer = _ => "302 Found\r\nLocation: /again";
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = follows, MaxAutomaticRedirections = most };
        using var client = new NamedClient(Payments, primary: sockets);

        using var answer = await client.Http.GetAsync("http://payments/pay", Eventually.Patience());

        Assert.Equal(HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal(heard, _service.Heard.Length);
    }

    [Fact]
    public async Task A_client_that_calls_no_service_is_led_on_as_ever()
    {
        _service.Answer = _ => $"302 Found\r\nLocation: http://127.0.0.1:{_elsewhere.Port}/done";
        using var client = new NamedClient(Payments, primary: new SocketsHttpHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{_service.Port}/");

        using var answer = await client.Http.GetAsync($"http://127.0.0.1:{_service.Port}/", Eventually.Patience());
        using var other = client.Http.Send(request, Eventually.Patience());

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (answer.StatusCode, other.StatusCode));
        Assert.All(_elsewhere.Heard, heard => Assert.Equal($"GET /done 127.0.0.1:{_elsewhere.Port}", heard));
    }

    [Fact]
    public void A_request_that_blocks_its_thread_is_led_on_alike()
    {
        _service.Answer = heard => heard.Contains("/pay ", StringComparison.Ordinal) ? "303 See Other\r\nLocation: /done" : "200 OK";
        using var client = new NamedClient(Payments, primary: new SocketsHttpHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://payments/pay");

        using var answer = client.Http.Send(request, Eventually.Patience());

        Assert.Equal(["POST /pay payments", "GET /done payments"], _service.Heard);
    }

    [Fact]
    public async Task A_content_that_is_read_once_cannot_be_sent_on_and_ejects_nobody()
    {
        _service.Answer = _ => "307 Temporary Redirect\r\nLocation: /again";
        using var client = new NamedClient(Payments, primary: new SocketsHttpHandler());

        for (var i = 0; i < 6; i++)
        {
            using var content = new StreamContent(new OneWay()) { Headers = { ContentLength = 1 } };
            await Assert.ThrowsAsync<HttpRequestException>(
                () => client.Http.PostAsync("http://payments/pay", content, Eventually.Patience()));
        }

        Assert.Equal(6, _service.Heard.Count(heard => heard.StartsWith("POST /pay ", StringComparison.Ordinal)));
        Assert.Null(client.Discovery.GetInstances("payments")[0].Statistics.Ejection);
    }

    [Theory]
    [InlineData("https://a/x", 302, "http://a/y", null)]
    [InlineData("wss://a/x", 302, "ws://a/y", null)]
    [InlineData("http://a/x", 302, "https://a/y", "https://a/y")]
    [InlineData("http://a/x", 302, "ftp://a/y", null)]
    [InlineData("http://a/x", 302, "mailto:a@b", null)]
    [InlineData("http://a/x", 200, "/y", null)]
    [InlineData("http://a/x", 304, "/y", null)]
    [InlineData("http://a/x", 300, "/y", "http://a/y")]
    [InlineData("http://a/x#f", 301, "/y", "http://a/y#f")]
    [InlineData("http://a/x#f", 301, "/y#g", "http://a/y#g")]
    public void An_answer_leads_where_sockets_would_go(string asked, int status, string location, string? expected)
    {
        using var answer = new HttpResponseMessage((HttpStatusCode)status);
        answer.Headers.TryAddWithoutValidation("Location", location);

        Assert.Equal(expected, Redirect.Target(new Uri(asked), answer)?.ToString());
    }

    [Theory]
    [InlineData(300, "POST", "GET")]
    [InlineData(301, "POST", "GET")]
    [InlineData(302, "PUT", "PUT")]
    [InlineData(303, "DELETE", "GET")]
    [InlineData(303, "HEAD", "HEAD")]
    [InlineData(307, "POST", "POST")]
    [InlineData(308, "DELETE", "DELETE")]
    public void The_status_decides_what_is_sent_on(int status, string method, string expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "http://a/") { Content = new StringContent("3") };

        Redirect.Follow(request, new Uri("http://b/"), new HttpResponseMessage((HttpStatusCode)status));

        Assert.Equal((expected, method != expected), (request.Method.Method, request.Content is null));
    }

    private static Task<HttpResponseMessage> PostAsync(NamedClient client) =>
        client.Http.PostAsync("http://payments/pay", new StringContent("3"), Eventually.Patience());

    private sealed class OneWay : MemoryStream
    {
        public OneWay()
            : base([.. "3"u8]) => Position = 0;

        public override bool CanSeek => false;
    }
}
