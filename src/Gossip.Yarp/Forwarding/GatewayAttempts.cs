using Gossip.Http;

namespace Gossip.Yarp.Forwarding;

/// <summary>
/// Sends one request of the gateway: to the instance that was chosen and, where no connection to that could be made and nothing was sent,
/// once to another. What came of it is told to the balancer, as of a call by name. YARP makes a client for each cluster, and this one for
/// each request stands before that.
/// </summary>
internal sealed class GatewayAttempts(
    HttpMessageInvoker client, GatewayRequest gateway, ServiceInstance chosen, string prefix) : HttpMessageInvoker(Nowhere, false)
{
    /// <summary>The base class wants one, and it is never asked.</summary>
    private static readonly SocketsHttpHandler Nowhere = new();

    /// <summary>Where it is sent; null before it is.</summary>
    private ServiceInstance? _instance;

    /// <inheritdoc/>
    public override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // YARP sends a second request of its own where a WebSocket over HTTP/2 is not understood.
        _instance = chosen;
        // A transform of the application may lead a request elsewhere: that is its own affair.
        return IsToInstance(request.RequestUri?.OriginalString, prefix.AsSpan().TrimEnd('/'))
            ? AttemptAsync(request, cancellationToken)
            : client.SendAsync(request, cancellationToken);
    }

    private static bool IsToInstance(ReadOnlySpan<char> address, ReadOnlySpan<char> authority) =>
        address.StartsWith(authority, StringComparison.OrdinalIgnoreCase) && address[authority.Length..] is [] or ['/' or '?', ..];

    private async Task<HttpResponseMessage> AttemptAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var primary = GatewayClients.PrimaryOf(client);
        var content = primary.IsKnown ? CallContent.Of(request.Content) : null;
        if (content is not null)
            request.Content = content;
        for (var mayRetry = true; ; mayRetry = false)
        {
            var address = InstanceAddress.At(_instance!, request.RequestUri!.OriginalString);
            request.RequestUri = address;
            var statistics = _instance!.Statistics;
            var start = statistics.Start();
            HttpResponseMessage response;
            try
            {
                response = await client.SendAsync(request, cancellation).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                var isOfAnother = content is { HasFailed: true } || primary.IsOfAnother(failure, request, address);
                var maySendAgain = mayRetry && !isOfAnother && !cancellation.IsCancellationRequested
                    && CallAttempts.IsUnconnected(failure, primary.IsKnown) && MaySendAgain(primary, request, address, content);
                statistics.End(start, isOfAnother ? CallOutcome.Abandoned : Judge(failure, primary.IsKnown));
                if (!maySendAgain || !TurnElsewhere(request, address))
                    throw;
                continue;
            }

            var verdict = new Verdict(statistics, start, statistics.Leave(), null);
            if (GrpcContent.SaysLater(response))
                response.Content = new GrpcContent(response, verdict);
            else
                verdict.Tell(response);
            return response;
        }
    }

    /// <summary>A body that is not watched may have been begun, and can be read only once.</summary>
    private static bool MaySendAgain(Primary primary, HttpRequestMessage request, InstanceAddress address, CallContent? content) =>
        (request.Content is null || content is not null) && primary.MaySendAgain(request, address, content);

    private bool TurnElsewhere(HttpRequestMessage request, InstanceAddress tried)
    {
        var host = gateway.Proxy.ProxiedDestination?.Model.Config.Host;
        if (gateway.PickAnother(_instance!) is not { } other || gateway.Cluster.Find(other) is not { } instance)
            return false;
        instance.Statistics.Calls?.Retry();
        _instance = instance;
        request.RequestUri = new Uri(
            string.Concat(other.Model.Config.Address.AsSpan().TrimEnd('/'), tried.PathAndQuery),
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        // A Host header that the application or the caller has set stays.
        if (request.Headers.Host == host)
            request.Headers.Host = other.Model.Config.Host;
        return true;
    }

    /// <summary>
    /// YARP's own time limits cancel a request as its caller does, and say something of the instance, which the caller's leaving does not.
    /// WebSockets are tried over HTTP/2 first: that an instance speaks HTTP/1.1 alone is no failure.
    /// </summary>
    private CallOutcome Judge(Exception failure, bool isKnown) => failure switch
    {
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.ExtendedConnectNotSupported or HttpRequestError.VersionNegotiationError,
        } => CallOutcome.Abandoned,
        HttpRequestException when failure.Data.Contains("HTTP2_ENABLED") => CallOutcome.Abandoned,
        _ when gateway.IsGivenUp => CallOutcome.Abandoned,
        _ => CallAttempts.Outcome(failure, isKnown, CancellationToken.None),
    };
}
