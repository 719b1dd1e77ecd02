using System.Net;
using Gossip.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.Tests.Http;

/// <summary>What an answer says of the instance that gave it.</summary>
public sealed class VerdictTests
{
    private const string One = "payments:http:0=http://10.0.0.1:1";

    [Theory]
    [InlineData(200, CallOutcome.Answered)]
    [InlineData(404, CallOutcome.Answered)]
    [InlineData(429, CallOutcome.Answered)]
    [InlineData(500, CallOutcome.Erred)]
    [InlineData(501, CallOutcome.Erred)]
    [InlineData(502, CallOutcome.Failed)]
    [InlineData(503, CallOutcome.Failed)]
    [InlineData(504, CallOutcome.Failed)]
    [InlineData(599, CallOutcome.Erred)]
    public void A_status_says_whether_the_instance_can_serve(int status, CallOutcome outcome)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        Assert.Equal(outcome, Verdict.Of(response));
    }

    [Theory]
    [InlineData("0", CallOutcome.Answered)]
    [InlineData("2", CallOutcome.Erred)]
    [InlineData("4", CallOutcome.Answered)]
    [InlineData("13", CallOutcome.Erred)]
    [InlineData("14", CallOutcome.Failed)]
    [InlineData("fourteen", CallOutcome.Answered)]
    public void So_does_a_status_of_gRPC_wherever_it_stands(string status, CallOutcome outcome)
    {
        using var only = new HttpResponseMessage { Headers = { { "grpc-status", status } } };
        using var later = new HttpResponseMessage { TrailingHeaders = { { "grpc-status", status } } };
        Assert.Equal((outcome, outcome), (Verdict.Of(only), Verdict.Of(later)));
    }

    [Fact]
    public async Task A_client_may_take_answers_for_something_else()
    {
        using var client = new NamedClient(One, outcomeSelector: response => response.StatusCode switch
        {
            HttpStatusCode.InternalServerError => CallOutcome.Answered,
            HttpStatusCode.TooManyRequests => CallOutcome.Unreachable,
            _ => null,
        });
        var instance = client.Discovery.GetInstances("payments")[0];

        await client.AnswerAsync(500);
        Assert.Equal(0, instance.Statistics.Failing);
        await client.AnswerAsync(501);
        Assert.NotEqual(0, instance.Statistics.Failing);
        await client.AnswerAsync(429);
        Assert.True(instance.IsEjected);
    }

    [Fact]
    public async Task A_function_that_throws_says_nothing_of_the_instance_and_sends_nothing_twice()
    {
        using var client = new NamedClient(
            "payments:http:0=http://10.0.0.1:1 payments:http:1=http://10.0.0.2:2",
            outcomeSelector: _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "of the application's own"));

        var content = new StringContent("for nobody");
        client.Server.Answer = (_, _) => Task.FromResult(new HttpResponseMessage { Content = content });
        await Assert.ThrowsAsync<HttpRequestException>(() => client.Http.GetAsync("http://payments/", HttpCompletionOption.ResponseHeadersRead));

        Assert.Single(client.Server.Arrived);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => content.ReadAsStringAsync());
        Assert.All(client.Discovery.GetInstances("payments"), one => Assert.Equal((0, false), (one.InFlight, one.IsEjected)));
    }

    [Fact]
    public async Task The_factory_gives_it_to_its_clients()
    {
        var server = new StubServer { Answer = (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.InternalServerError)) };
        await using var host = TestHost.Build(null, [new("Services:payments:http:0", "http://10.0.0.1:1")], services => services
            .AddHttpClient("named")
            .AddGossipDiscovery(outcomeSelector: _ => CallOutcome.Unreachable)
            .AddGossipDiscovery()
            .ConfigurePrimaryHttpMessageHandler(() => server));

        using var response = await host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("named").GetAsync("http://payments/");

        Assert.True(host.Discovery.GetInstances("payments")[0].IsEjected);
    }

    [Theory]
    [InlineData("14", CallOutcome.Failed)]
    [InlineData("0", CallOutcome.Answered)]
    public async Task An_answer_of_gRPC_is_judged_at_its_end_and_under_way_until_its_beginning(string status, CallOutcome outcome)
    {
        var seen = new List<CallOutcome>();
        using var client = new NamedClient(One, outcomeSelector: response => Note(seen, Verdict.Of(response)));
        var instance = client.Discovery.GetInstances("payments")[0];
        client.Server.Answer = (_, _) =>
            Task.FromResult(Grpc(response => new Trailing([1, 2, 3], () => response.TrailingHeaders.Add("grpc-status", status))));

        using var response = await client.Http.GetAsync("http://payments/", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        Assert.Equal(3, await body.ReadAsync(new byte[10]));
        Assert.Equal((0, 0), (instance.InFlight, seen.Count));
        Assert.Equal(0, await body.ReadAsync(new byte[10]));
        Assert.Equal(0, await body.ReadAsync(new byte[10]));

        Assert.Equal([outcome], seen);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task An_answer_of_gRPC_that_breaks_off_has_failed_and_one_that_is_left_has_not()
    {
        using var client = new NamedClient(One);
        var statistics = client.Discovery.GetInstances("payments")[0].Statistics;
        client.Server.Answer = (_, _) => Task.FromResult(Grpc(_ => new Trailing([1], () => throw new IOException("reset"))));

        using (var left = await client.Http.GetAsync("http://payments/", HttpCompletionOption.ResponseHeadersRead))
            Assert.Equal(1, await (await left.Content.ReadAsStreamAsync()).ReadAsync(new byte[10]));
        Assert.Equal(0, statistics.Failing);
        using (await client.Http.GetAsync("http://payments/", HttpCompletionOption.ResponseHeadersRead))
        {
        }

        Assert.Equal(0, statistics.Failing);
        await Assert.ThrowsAnyAsync<Exception>(() => client.Http.GetAsync("http://payments/"));
        Assert.NotEqual(0, statistics.Failing);
    }

    [Theory]
    [InlineData("application/grpc-web", "2.0")]
    [InlineData("application/json", "2.0")]
    [InlineData("application/grpc", "1.1")]
    public async Task No_other_answer_is_touched(string type, string version)
    {
        using var client = new NamedClient(One);
        var content = new ByteArrayContent([]) { Headers = { ContentType = new(type) } };
        client.Server.Answer = (_, _) => Task.FromResult(new HttpResponseMessage { Content = content, Version = new Version(version) });

        using var response = await client.Http.GetAsync("http://payments/", HttpCompletionOption.ResponseHeadersRead);

        Assert.Same(content, response.Content);
    }

    private static CallOutcome? Note(List<CallOutcome> seen, CallOutcome outcome)
    {
        seen.Add(outcome);
        return outcome;
    }

    private static HttpResponseMessage Grpc(Func<HttpResponseMessage, Stream> body)
    {
        var response = new HttpResponseMessage { Version = HttpVersion.Version20 };
        response.Content = new StreamContent(body(response)) { Headers = { ContentType = new("application/grpc") } };
        return response;
    }

    /// <summary>Ends as a connection does: with trailers, or with a failure.</summary>
    private sealed class Trailing(byte[] bytes, Action atEnd) : MemoryStream(bytes)
    {
        private bool _hasEnded;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            if (read == 0 && !_hasEnded)
            {
                _hasEnded = true;
                atEnd();
            }

            return read;
        }
    }
}
