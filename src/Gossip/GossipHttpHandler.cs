using System.Runtime.CompilerServices;
using Gossip.Http;

namespace Gossip;

/// <summary>
/// Sends requests by the names of services: <c>https+http://payments/pay</c>. Clients of <see cref="IHttpClientFactory"/> get it by
/// <c>AddGossipDiscovery()</c>; a client made by hand needs one with an <see cref="DelegatingHandler.InnerHandler"/>.
/// <para>
/// <b>Names</b> are those of Microsoft's service discovery, compared without case. <c>http://payments</c> is the endpoint of that scheme
/// which is named as the scheme or "default", or is the instance's first; <c>http://_admin.payments</c> is the one named "admin". Of
/// several schemes, as in <c>https+http</c>, the first for which the service has an instance is taken; ws and wss find endpoints of http
/// and https too. Addresses with a port, IP addresses, localhost, and names with a dot that no service has are sent on unchanged.
/// </para>
/// <para>
/// <b>The name is kept.</b> The connection goes to the instance. Where the instance has an IP address, the Host header and the name that
/// the certificate must have are the service's, in ASCII and in lower case (xn--80aatcn8h of "Заказы", RFC 5890); where it has a host name,
/// they are that name. A Host header that the caller has set stays. When the answer arrives, the request is restored to what its caller
/// wrote.
/// </para>
/// <para>
/// <b>Another instance</b> is tried, at most three times, when the connection to the instance itself was refused or not made within the
/// <see cref="SocketsHttpHandler.ConnectTimeout"/>, and nothing was sent: not when a redirect has led elsewhere or a proxy has failed, and
/// not when the request was written before, as one that was challenged to authenticate, or whose connection ended before the answer began.
/// A <see cref="SocketsHttpHandler"/> is watched for that. One within an <see cref="HttpClientHandler"/>, or one that had sent requests
/// before, cannot be watched: there it is certain only of requests of HTTP/1.1 with a body, without Expect and credentials. Behind a
/// handler of the application's that leads to no sockets it is certain of no request. Uncertain requests are tried again only when they are
/// safe (GET, HEAD, OPTIONS and TRACE; RFC 9110, section 9.2.1). Nothing else is tried again, except what sockets do by themselves: a
/// request without a body, at the same instance, when its connection ended before the answer began. A body that fails by itself, as one
/// that is read from another service, is not sent to another instance and says nothing about the instance.
/// </para>
/// <para>
/// <b>Redirects</b> are followed here instead of by the sockets, with the same limit and by the same rules, and the first answer is the
/// instance's. One to the service's own name goes by name again: to any instance, at the endpoint of that scheme, whatever port it names.
/// One to another service goes by that name. Any other is followed as by any client, with the Host header of its target, and the answer
/// from there leads to no service. With credentials that are not a <see cref="System.Net.CredentialCache"/> the sockets follow redirects by
/// themselves, resolve no service names, and keep the Host header, as do sockets that have sent requests before, or are behind a handler of
/// the application's; the result then says nothing about the instance. Sockets whose redirects are followed here have their own following
/// switched off, also for another client that uses the same handler.
/// </para>
/// <para>
/// <b>The balancer</b> counts every attempt: <see cref="OutcomeSelector"/> says what an answer means; a call that was cancelled, by its
/// caller or by <see cref="HttpClient.Timeout"/>, which look the same here, counts as abandoned, and so does one that failed at a proxy. A
/// call counts as under way until the headers of its answer arrive, and that is its measured time.
/// </para>
/// <para>
/// <b>Also</b> for <c>ClientWebSocket.ConnectAsync(address, new HttpMessageInvoker(handler), …)</c> with ws://payments, and for gRPC over
/// HttpClient. Code that does not use HTTP picks an instance itself, and reports the outcome:
/// <c>var instance = discovery.Pick("queue"); using var call = instance.Begin(); var endpoint = instance.FindEndpoint("amqp");</c> and, at
/// the end, <c>call.Complete(CallOutcome.Answered);</c>. A <see cref="SocketsHttpHandler.ConnectCallback"/> can do the same with its host,
/// where a whole connection rather than each request goes to one instance.
/// </para>
/// </summary>
public sealed class GossipHttpHandler : DelegatingHandler
{
    private readonly Routes _routes;

    /// <param name="discovery">Where the services are known.</param>
    public GossipHttpHandler(IServiceDiscovery discovery)
    {
        ArgumentNullException.ThrowIfNull(discovery);
        _routes = Routes.Of(discovery);
    }

    /// <summary>
    /// The key of a request, see <see cref="CallContext.Key"/>: from its path, a header, or an <see cref="HttpRequestOptionsKey{TValue}"/>
    /// of the application. Null for no keys. Called at each attempt of a request by name.
    /// </summary>
    public Func<HttpRequestMessage, string?>? KeySelector { get; init; }

    /// <summary>
    /// What an answer says of its instance to this client; null, as a function or as its result, for the default: 502, 503, 504 and gRPC's
    /// UNAVAILABLE are <see cref="CallOutcome.Failed"/>, every other 5xx and gRPC's INTERNAL and UNKNOWN are
    /// <see cref="CallOutcome.Erred"/>, and all else is <see cref="CallOutcome.Answered"/>. Called once for each answer: when its headers
    /// arrive or, for gRPC without a status in the headers, when its trailers do. It may look at the status, the headers and the trailers,
    /// but not read the content.
    /// </summary>
    public Func<HttpResponseMessage, CallOutcome?>? OutcomeSelector { get; init; }

    /// <summary>The key of a further cluster whose services are called; null for the first.</summary>
    internal string? Cluster { get; init; }

    /// <summary>The handler that finally sends the requests.</summary>
    internal Primary Primary
    {
        get => field ??= Primary.Of(
            InnerHandler ?? throw new InvalidOperationException("The handler has no InnerHandler: set it before the first request."));
        init;
    }

    /// <inheritdoc/>
    /// <exception cref="NoInstancesException">The address means a service that has no instance; the message says why.</exception>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var redirects = Primary.Redirects;
        if (Find(request) is { } route)
            return SendAsync(Begin(request, route), redirects, cancellationToken).AsTask();
        if (redirects == 0)
            return base.SendAsync(request, cancellationToken);
        return SendElsewhereAsync(request, redirects, cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    /// <exception cref="NoInstancesException">The address means a service that has no instance; the message says why.</exception>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var redirects = Primary.Redirects;
        var route = Find(request);
        while (true)
        {
            HttpResponseMessage answer;
            bool isLedOn;
            if (route is not null)
            {
                var attempts = Begin(request, route);
                answer = Send(ref attempts, cancellationToken);
                isLedOn = redirects > 0 && attempts.IsLedOn(answer);
                route = isLedOn ? Find(request) : null;
            }
            else
            {
                answer = base.Send(request, cancellationToken);
                isLedOn = redirects > 0 && IsLedOn(request, answer);
            }

            if (!isLedOn)
                return answer;
            redirects--;
        }
    }

    private HttpResponseMessage Send(ref CallAttempts attempts, CancellationToken cancellationToken)
    {
        while (true)
        {
            HttpResponseMessage response;
            try
            {
                response = base.Send(attempts.Depart(Primary), cancellationToken);
            }
            catch (Exception failure)
            {
                if (!attempts.TriesAnother(failure, Primary, KeySelector, cancellationToken))
                    throw;
                continue;
            }

            return attempts.Arrive(response, OutcomeSelector);
        }
    }

    /// <summary>
    /// The state machine that waits for the answer comes from a pool: it would be the largest allocation of a call by name.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpResponseMessage> SendAsync(CallAttempts attempts, int redirects, CancellationToken cancellationToken)
    {
        while (true)
        {
            HttpResponseMessage response;
            try
            {
                response = await base.SendAsync(attempts.Depart(Primary), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                if (!attempts.TriesAnother(failure, Primary, KeySelector, cancellationToken))
                    throw;
                continue;
            }

            if (attempts.Arrive(response, OutcomeSelector) is var answer && (redirects == 0 || !attempts.IsLedOn(answer)))
                return answer;
            break;
        }

        // Outside the try: a failure of a redirect's target is not one of this instance.
        if (Find(attempts.Request) is { } route)
            return await SendAsync(Begin(attempts.Request, route), redirects - 1, cancellationToken).ConfigureAwait(false);
        return await SendElsewhereAsync(attempts.Request, redirects - 1, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Sends a request that goes to no service. Its redirects lead to no service either: a foreign host must not reach those of the
    /// cluster.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpResponseMessage> SendElsewhereAsync(
        HttpRequestMessage request, int redirects, CancellationToken cancellationToken)
    {
        while (true)
        {
            var answer = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (redirects == 0 || !IsLedOn(request, answer))
                return answer;
            redirects--;
        }
    }

    private static bool IsLedOn(HttpRequestMessage request, HttpResponseMessage answer)
    {
        if (request.RequestUri is not { } from || Redirect.Target(from, answer) is not { } target)
            return false;
        Redirect.Follow(request, target, answer);
        return true;
    }

    private CallAttempts Begin(HttpRequestMessage request, ServiceRoute route) => new(request, route, KeySelector?.Invoke(request));

    /// <summary>The route to the service that a request means; null when it means none.</summary>
    private ServiceRoute? Find(HttpRequestMessage request)
    {
        if (request.RequestUri is not { } address)
            return null;
        var route = _routes.Find(address);
        if (route is null && address.IsAbsoluteUri && address.Scheme != Routes.FirstScheme(address.Scheme))
            request.RequestUri = new Uri(
                string.Concat(Routes.FirstScheme(address.Scheme), address.AbsoluteUri.AsSpan(address.Scheme.Length)));
        return route;
    }
}
