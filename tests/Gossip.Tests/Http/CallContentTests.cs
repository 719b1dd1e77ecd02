using System.Net;
using System.Text;
using Gossip.Http;

namespace Gossip.Tests.Http;

/// <summary>
/// A body that is read from somewhere else fails in the words of that place, which are those of an instance that nobody reaches: no other
/// instance gets the request, and nobody is blamed.
/// </summary>
public sealed class CallContentTests : IAsyncDisposable
{
    private readonly RawServer _one = new();
    private readonly RawServer _two = new();

    public async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
    }

    public static TheoryData<bool, string, string> Failures()
    {
        var all = new TheoryData<bool, string, string>();
        foreach (var isSockets in new[] { true, false })
        {
            foreach (var failure in new[] { "refused", "timeout", "file" })
            {
                all.Add(isSockets, failure, "item 1; item 2;");
                all.Add(isSockets, failure, "");
            }
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_body_that_fails_is_sent_to_nobody_else_and_blames_nobody(bool isSockets, string failure, string begins)
    {
        using HttpMessageHandler primary = isSockets ? new SocketsHttpHandler() : new HttpClientHandler();
        using var client = Client(primary);
        for (var i = 1; i <= 6; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "http://payments/pay");
            var content = request.Content = new Upstream(begins, Failure(failure));

            await Assert.ThrowsAnyAsync<Exception>(() => client.Http.SendAsync(request, Eventually.Patience()));

            Assert.InRange(_one.Heard.Length + _two.Heard.Length, 0, i);
            Assert.Same(content, request.Content);
        }

        var instances = client.Discovery.GetInstances("payments");
        Assert.All(instances, one => Assert.Equal((null, 0, 0), (one.Statistics.Ejection, one.Statistics.InFlight, one.Statistics.Failing)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_its_own_making_comes_whole_with_its_headers_and_is_given_back(bool isAsync)
    {
        using var client = Client(new SocketsHttpHandler());
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://payments/pay");
        var content = request.Content = new Upstream("a whole body", failure: null) { Headers = { ContentLength = 12 } };

        using var answer = isAsync ? await client.Http.SendAsync(request, Eventually.Patience()) : client.Http.Send(request, Eventually.Patience());

        Assert.Equal(["POST /pay payments a whole body"], _one.Heard);
        Assert.Same(content, request.Content);
        Assert.Same(content, answer.RequestMessage!.Content);
    }

    [Fact]
    public async Task An_instance_that_does_not_take_the_body_is_blamed_for_it()
    {
        using var upstream = new Upstream("never taken", failure: null);
        using var watched = CallContent.Of(upstream)!;

        await Assert.ThrowsAnyAsync<Exception>(() => watched.CopyToAsync(new Broken()));

        Assert.Equal((true, false), (watched.HasBegun, watched.HasFailed));
    }

    [Fact]
    public void What_lies_in_memory_is_not_watched()
    {
        using var text = new StringContent("3");
        Assert.Equal((null, null), (CallContent.Of(text), CallContent.Of(null)));
    }

    private NamedClient Client(HttpMessageHandler primary) => new(
        $"payments:http:0=http://127.0.0.1:{_one.Port} payments:http:1=http://127.0.0.1:{_two.Port}", primary: primary);

    private static Exception Failure(string kind) => kind switch
    {
        "refused" => new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused (127.0.0.1:1)"),
        "timeout" => new TaskCanceledException("The request was canceled due to the configured HttpClient.Timeout", new TimeoutException()),
        _ => new FileNotFoundException("no such file"),
    };

    /// <summary>Begins to come, and goes no further.</summary>
    private sealed class Upstream(string begins, Exception? failure) : HttpContent
    {
        protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            stream.Write(Encoding.UTF8.GetBytes(begins));
            if (failure is not null)
                throw failure;
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            if (begins.Length > 0)
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(begins));
                await stream.FlushAsync();
            }

            if (failure is not null)
                throw failure;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class Broken : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("The connection was reset.");
    }
}
