using System.Runtime.CompilerServices;
using Gossip.Http;

namespace Gossip;

/// <summary>
/// Sends requests by the names of services: <c>https+http://payments/pay</c>. Clients of <see cref="IHttpClientFactory"/> get it by
/// <c>AddGossipDiscovery()</c>; a client made by hand is given one with an <see cref="DelegatingHandler.InnerHandler"/>.
/// <para>
/// <b>Names</b> are those of Microsoft's service discovery, compared without case. <c>http://payments</c> is the endpoint of that scheme
/// which is named as the scheme or "default", or is the instance's first; <c>http://_admin.payments</c> is the one named "admin". Of
/// several schemes, as in <c>https+http</c>, the first for which the service has an instance is taken; ws and wss find endpoints of http and
/// https too. Sent on as they are: addresses with a port, IP addresses, localhost, and names with a dot that no service has.
/// </para>
/// <para>
/// <b>The name is kept.</b> The connection goes to the instance. Where that is an IP address, the Host header and the name that the
/// certificate must have are the service's; where it is a host name, they are that name. A Host header that the caller has set stays.
/// When the answer is there, the request has again what its caller wrote. Redirects are followed by the sockets behind, with the same
/// Host header and without looking a service up: where a service redirects elsewhere, set
/// <see cref="SocketsHttpHandler.AllowAutoRedirect"/> to false.
/// </para>
/// <para>
/// <b>Another instance</b> is tried when no connection could be made, by a refusal or, right before a <see cref="SocketsHttpHandler"/>, within its
/// <see cref="SocketsHttpHandler.ConnectTimeout"/>, so nothing was sent: with any method, at most three times.
/// Nothing else is tried again, except what sockets do by themselves: a request without a body on a connection that was closed before the
/// answer began. The balancer hears of every attempt: what an answer means says <see cref="OutcomeOf"/>; a call that was cancelled was
/// abandoned, by its caller or by <see cref="HttpClient.Timeout"/>, which look the same from here. A call counts as under way until the
/// headers of its answer have come, and that is the time that it took.
/// </para>
/// <para>
/// <b>Also</b> for <c>ClientWebSocket.ConnectAsync(address, new HttpMessageInvoker(handler), …)</c> with ws://payments, and for gRPC over
/// HttpClient. What speaks no HTTP takes its address by itself, and tells how it went:
/// <c>var instance = discovery.Pick("queue"); using var call = instance.Begin(); var door = instance.FindEndpoint("amqp");</c> and, at the
/// end, <c>call.Complete(CallOutcome.Answered);</c>. A <see cref="SocketsHttpHandler.ConnectCallback"/> can do the same with the host that
/// it is given, where a whole connection rather than each request shall go to one instance.
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
    /// The key of a request, see <see cref="Call.Key"/>: from its path, a header, or an <see cref="HttpRequestOptionsKey{TValue}"/> of the
    /// application's. Null for no keys. Called at each attempt of a request by name.
    /// </summary>
    public Func<HttpRequestMessage, string?>? KeyOf { get; init; }

    /// <summary>
    /// What an answer says of its instance to this client; null, as a function or as its result, for what is usual: 502, 503, 504 and
    /// gRPC's UNAVAILABLE are <see cref="CallOutcome.Failed"/>, every other 5xx and gRPC's INTERNAL and UNKNOWN are
    /// <see cref="CallOutcome.Erred"/>, and all else is <see cref="CallOutcome.Answered"/>. Asked once for each answer: when its headers
    /// have come or, where it is gRPC's and these do not tell its status, when its trailers have. It may look at the status, the headers
    /// and the trailers, but not read the content.
    /// </summary>
    public Func<HttpResponseMessage, CallOutcome?>? OutcomeOf { get; init; }

    /// <summary>The key of a further cluster whose services are called; null for the first.</summary>
    internal string? Cluster { get; init; }

    /// <summary>Whether nothing but the client's logging stands between here and a <see cref="SocketsHttpHandler"/>.</summary>
    internal bool IsLast
    {
        get => field || InnerHandler is SocketsHttpHandler;
        init;
    }

    /// <inheritdoc/>
    /// <exception cref="NoInstancesException">The address means a service that has no instance; the message says why.</exception>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Find(request) is { } way ? SendAsync(new Trip(request, way, KeyOf?.Invoke(request)), cancellationToken).AsTask() : base.SendAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="NoInstancesException">The address means a service that has no instance; the message says why.</exception>
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (Find(request) is not { } way)
            return base.Send(request, cancellationToken);
        var trip = new Trip(request, way, KeyOf?.Invoke(request));
        while (true)
        {
            HttpResponseMessage response;
            try
            {
                response = base.Send(trip.Depart(), cancellationToken);
            }
            catch (Exception failure)
            {
                if (!trip.TriesAnother(failure, IsLast, KeyOf, cancellationToken))
                    throw;
                continue;
            }

            return trip.Arrive(response, OutcomeOf);
        }
    }

    /// <summary>What waits for the answer comes from a pool: it is the most that a call by name would allocate.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<HttpResponseMessage> SendAsync(Trip trip, CancellationToken cancellationToken)
    {
        while (true)
        {
            HttpResponseMessage response;
            try
            {
                response = await base.SendAsync(trip.Depart(), cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                if (!trip.TriesAnother(failure, IsLast, KeyOf, cancellationToken))
                    throw;
                continue;
            }

            return trip.Arrive(response, OutcomeOf);
        }
    }

    /// <summary>The way to the service that a request means; null when it means none.</summary>
    private Way? Find(HttpRequestMessage request)
    {
        if (request.RequestUri is not { } address)
            return null;
        var way = _routes.Find(address);
        if (way is null && address.IsAbsoluteUri && address.Scheme != Routes.FirstScheme(address.Scheme))
            request.RequestUri = new Uri(string.Concat(Routes.FirstScheme(address.Scheme), address.AbsoluteUri.AsSpan(address.Scheme.Length)));
        return way;
    }
}
