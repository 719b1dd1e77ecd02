using System.Net;

namespace Gossip.Tests.Http;

/// <summary>Stands where the network is: keeps what arrives, and answers or fails as it is told.</summary>
internal sealed class StubServer : HttpMessageHandler
{
    /// <summary>What arrived, as "uri Host".</summary>
    public List<string> Arrived { get; } = [];

    public Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> Answer { get; set; } =
        (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));

    public static HttpRequestException Refused() => new(HttpRequestError.ConnectionError, "refused");

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Arrived.Add($"{request.RequestUri} {request.Headers.Host}".TrimEnd());
        return Answer(request, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, cancellationToken).GetAwaiter().GetResult();
}
