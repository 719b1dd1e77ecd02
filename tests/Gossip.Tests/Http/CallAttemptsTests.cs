using System.Net;
using Gossip.Http;

namespace Gossip.Tests.Http;

public sealed class CallAttemptsTests
{
    private const string One = "payments:http:0=http://10.0.0.1:1";
    private const string Three = "payments:http:0=http://10.0.0.1:1 payments:http:1=http://10.0.0.2:2 payments:http:2=http://10.0.0.3:3";

    [Theory]
    [InlineData(HttpRequestError.ConnectionError)]
    [InlineData(HttpRequestError.NameResolutionError)]
    public async Task Where_no_connection_is_made_the_next_instance_gets_the_request(HttpRequestError error)
    {
        using var client = new NamedClient(Three);
        client.Server.Answer = (request, _) => request.RequestUri!.Port < 3 ? throw new HttpRequestException(error) : Ok();

        using var response = await client.Http.GetAsync("http://payments/pay");

        Assert.Equal(["http://10.0.0.1:1/pay payments", "http://10.0.0.2:2/pay payments", "http://10.0.0.3:3/pay payments"], client.Server.Arrived);
    }

    [Fact]
    public async Task The_last_failure_is_told_when_none_is_left()
    {
        using var client = new NamedClient(Three);
        client.Server.Answer = (request, _) => throw new HttpRequestException(HttpRequestError.ConnectionError, $"refused by {request.RequestUri!.Port}");

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.GetAsync("http://payments/"));

        Assert.Contains("refused by 3", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, client.Server.Arrived.Count);
        Assert.All(client.Discovery.GetInstances("payments"), instance => Assert.Equal(0, instance.Statistics.InFlight));
    }

    [Fact]
    public async Task Four_instances_are_tried_at_most()
    {
        using var client = new NamedClient(string.Join(' ', Enumerable.Range(1, 9).Select(i => $"payments:http:{i}=http://10.0.0.{i}:{i}")));
        client.Server.Answer = (_, _) => throw StubServer.Refused();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.GetAsync("http://payments/"));

        Assert.Equal(4, client.Server.Arrived.Count);
    }

    [Theory]
    [InlineData(HttpRequestError.SecureConnectionError)]
    [InlineData(HttpRequestError.ResponseEnded)]
    [InlineData(HttpRequestError.HttpProtocolError)]
    [InlineData(HttpRequestError.Unknown)]
    public async Task Nothing_else_is_tried_again(HttpRequestError error)
    {
        using var client = new NamedClient(Three);
        client.Server.Answer = (_, _) => throw new HttpRequestException(error);

        await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.GetAsync("http://payments/"));

        Assert.Single(client.Server.Arrived);
    }

    [Fact]
    public async Task A_handler_of_the_applications_may_have_sent_what_is_not_safe_to_send_twice()
    {
        using var client = new NamedClient(Three);
        client.Server.Answer = (_, _) => throw StubServer.Refused();

        await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.PostAsync("http://payments/", new StringContent("3")));

        Assert.Single(client.Server.Arrived);
    }

    [Fact]
    public async Task What_follows_a_redirect_behind_the_handler_says_nothing_of_the_instance()
    {
        using var client = new NamedClient(Three);
        client.Server.Answer = (request, _) =>
        {
            request.RequestUri = new Uri("http://10.9.9.9/");
            throw StubServer.Refused();
        };

        await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.GetAsync("http://payments/"));

        Assert.Single(client.Server.Arrived);
        Assert.All(client.Discovery.GetInstances("payments"), instance => Assert.Null(instance.Statistics.Ejection));
    }

    [Fact]
    public void A_request_that_blocks_its_thread_is_served_alike()
    {
        using var client = new NamedClient(Three);
        client.Server.Answer = (request, _) => request.RequestUri!.Port < 2 ? throw StubServer.Refused() : Ok();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://payments/");

        using var response = client.Http.Send(request);

        Assert.Equal(["http://10.0.0.1:1/ payments", "http://10.0.0.2:2/ payments"], client.Server.Arrived);
        Assert.Equal(new Uri("http://payments/"), request.RequestUri);
    }

    [Fact]
    public async Task The_key_is_read_from_what_the_caller_wrote_at_each_attempt()
    {
        var seen = new List<Uri?>();
        var selector = new NamedClient.InTurn();
        using var client = new NamedClient(Three, selector, request => Note(seen, request.RequestUri));
        client.Server.Answer = (request, _) => request.RequestUri!.Port < 2 ? throw StubServer.Refused() : Ok();

        using var response = await client.Http.GetAsync("http://payments/pay");

        Assert.Equal(2, client.Server.Arrived.Count);
        Assert.All(seen, address => Assert.Equal(new Uri("http://payments/pay"), address));
        Assert.All(selector.Calls, call => Assert.Equal("/pay", call.Key));
    }

    [Fact]
    public async Task The_message_is_given_back_as_it_was()
    {
        using var client = new NamedClient(One);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://payments/pay");
        var asked = request.RequestUri;

        using var response = await client.Http.SendAsync(request);

        Assert.Same(asked, request.RequestUri);
        Assert.Null(request.Headers.Host);
        client.Server.Answer = (_, _) => throw new InvalidOperationException("broken");
        using var second = new HttpRequestMessage(HttpMethod.Get, asked);
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.Http.SendAsync(second));
        Assert.Same(asked, second.RequestUri);
        Assert.Null(second.Headers.Host);
    }

    [Fact]
    public async Task A_host_that_the_caller_has_set_stays()
    {
        using var client = new NamedClient(One);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://payments/") { Headers = { Host = "pay.example" } };

        using var response = await client.Http.SendAsync(request);

        Assert.Equal(["http://10.0.0.1:1/ pay.example"], client.Server.Arrived);
        Assert.Equal("pay.example", request.Headers.Host);
    }

    [Fact]
    public async Task Where_a_redirect_has_led_is_left_to_be_seen()
    {
        using var client = new NamedClient(One);
        var elsewhere = new Uri("http://10.0.0.1:1/elsewhere");
        client.Server.Answer = (request, _) =>
        {
            request.RequestUri = elsewhere;
            return Task.FromResult(new HttpResponseMessage { RequestMessage = request });
        };

        using var response = await client.Http.GetAsync("http://payments/");

        Assert.Equal(elsewhere, response.RequestMessage!.RequestUri);
    }

    [Fact]
    public async Task The_selector_learns_the_key_the_request_and_what_was_tried()
    {
        var selector = new NamedClient.InTurn();
        using var client = new NamedClient(Three, selector, request => request.Options.TryGetValue(new HttpRequestOptionsKey<string>("customer"), out var key) ? key : null);
        client.Server.Answer = (request, _) => request.RequestUri!.Port < 2 ? throw StubServer.Refused() : Ok();
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://payments/");
        request.Options.Set(new HttpRequestOptionsKey<string>("customer"), "42");

        using var response = await client.Http.SendAsync(request);

        Assert.All(selector.Calls, call => Assert.Equal(("42", request), (call.Key, call.Request)));
        Assert.Null(selector.Calls[0].Tried);
        Assert.Equal(client.Discovery.GetInstances("payments")[0], Assert.Single(selector.Calls[1].Tried!));
    }

    [Fact]
    public async Task A_call_is_under_way_until_its_headers_have_come_or_its_caller_has_given_up()
    {
        using var client = new NamedClient(One);
        var statistics = client.Discovery.GetInstances("payments")[0].Statistics;
        var answer = new TaskCompletionSource<HttpResponseMessage>();
        client.Server.Answer = (_, cancellation) => answer.Task.WaitAsync(cancellation);
        using var giveUp = new CancellationTokenSource();

        var first = client.Http.GetAsync("http://payments/");
        var second = client.Http.GetAsync("http://payments/", giveUp.Token);
        Assert.Equal(2, statistics.InFlight);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.Equal(1, statistics.InFlight);
        answer.SetResult(new HttpResponseMessage());
        using var response = await first;

        Assert.Equal(0, statistics.InFlight);
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, CallOutcome.Unreachable)]
    [InlineData(HttpRequestError.NameResolutionError, CallOutcome.Unreachable)]
    [InlineData(HttpRequestError.SecureConnectionError, CallOutcome.Unreachable)]
    [InlineData(HttpRequestError.ResponseEnded, CallOutcome.Failed)]
    [InlineData(HttpRequestError.Unknown, CallOutcome.Failed)]
    public void A_failure_says_whether_the_instance_was_reached(HttpRequestError error, CallOutcome outcome) =>
        Assert.Equal(outcome, CallAttempts.Outcome(new HttpRequestException(error), true, CancellationToken.None));

    [Fact]
    public void A_content_that_cannot_be_read_says_nothing_of_the_instance() => Assert.Equal(
        CallOutcome.Abandoned, CallAttempts.Outcome(new HttpRequestException("", new InvalidOperationException("The stream was already consumed.")), true, CancellationToken.None));

    [Fact]
    public void A_cancelled_call_says_nothing_unless_it_was_not_the_caller()
    {
        Assert.Equal(CallOutcome.Abandoned, CallAttempts.Outcome(new TaskCanceledException(), true, new CancellationToken(canceled: true)));
        Assert.Equal(CallOutcome.Failed, CallAttempts.Outcome(new TaskCanceledException("", new TimeoutException()), false, CancellationToken.None));
        Assert.Equal(CallOutcome.Unreachable, CallAttempts.Outcome(new TaskCanceledException("", new TimeoutException()), true, CancellationToken.None));
    }

    [Fact]
    public async Task Clients_at_the_same_time_do_not_mix_their_requests_up()
    {
        using var client = new NamedClient("a:http:0=http://10.0.0.1:1 b:http:0=http://10.0.0.2:2");
        client.Server.Answer = async (request, _) =>
        {
            await Task.Yield();
            return new HttpResponseMessage { Content = new StringContent(request.RequestUri!.ToString()) };
        };

        var both = await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            await Task.Yield();
            var (name, host) = i % 2 == 0 ? ("a", "10.0.0.1:1") : ("b", "10.0.0.2:2");
            return await client.Http.GetStringAsync($"http://{name}/{i}") == $"http://{host}/{i}";
        }));

        Assert.All(both, Assert.True);
    }

    private static string? Note(List<Uri?> seen, Uri? address)
    {
        seen.Add(address);
        return address?.AbsolutePath;
    }

    private static Task<HttpResponseMessage> Ok() => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
}
