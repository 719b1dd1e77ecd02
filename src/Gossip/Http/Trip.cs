using System.Net;

namespace Gossip.Http;

/// <summary>A request on its way to one instance and, where that cannot be reached, to another.</summary>
internal struct Trip
{
    /// <summary>A first instance and three others: if more are dead at a time, waiting for the cluster to notice is the better use of it.</summary>
    private const int Attempts = 4;

    private readonly HttpRequestMessage _request;
    private readonly Way _way;
    private readonly string? _key;

    /// <summary>Whether nothing stands between here and the sockets, so that what failed is known for certain.</summary>
    private readonly bool _isLast;

    /// <summary>What the caller wrote.</summary>
    private readonly Uri _asked;

    private ServiceInstance _instance;
    private Door _door;
    private InstanceUse _use;
    private List<ServiceInstance>? _tried;

    /// <summary>Where the request was sent; null while it is at home.</summary>
    private Uri? _address;

    private bool _lentHost;

    /// <exception cref="NoInstancesException">There is no instance any more.</exception>
    public Trip(HttpRequestMessage request, Way way, string? key, bool isLast)
    {
        _request = request;
        _way = way;
        _key = key;
        _isLast = isLast;
        _asked = request.RequestUri!;
        (_instance, _door) = way.Pick(new Call { Key = key, Request = request }) ?? throw way.Explain();
    }

    /// <summary>Turns the request to its instance.</summary>
    public HttpRequestMessage Depart()
    {
        _request.RequestUri = _address = _door.Address(_asked);
        if (_door.Host is { } host && _request.Headers.Host is null)
        {
            _request.Headers.Host = host;
            _lentHost = true;
        }

        _use = _instance.Begin();
        return _request;
    }

    /// <summary>Tells what the answer says of the instance.</summary>
    public readonly HttpResponseMessage Arrive(HttpResponseMessage response)
    {
        _use.Complete(Outcome(response.StatusCode));
        return response;
    }

    /// <summary>Tells what a failure says of the instance, and turns to another one if nothing was sent and there is one.</summary>
    public bool TriesAnother(Exception failure, CancellationToken cancellation)
    {
        _use.Complete(Outcome(failure, _isLast, cancellation));
        if (!IsUnconnected(failure, _isLast) || cancellation.IsCancellationRequested)
            return false;
        (_tried ??= []).Add(_instance);
        if (_tried.Count == Attempts || _way.Pick(new Call { Key = _key, Request = _request, Tried = _tried }) is not { } other)
            return false;
        (_instance, _door) = other;
        return true;
    }

    /// <summary>Gives the request back as its caller wrote it, unless a redirect has led it somewhere else.</summary>
    public void GoHome()
    {
        if (ReferenceEquals(_request.RequestUri, _address))
            _request.RequestUri = _asked;
        if (_lentHost)
            _request.Headers.Host = null;
        _lentHost = false;
    }

    /// <summary>
    /// 502, 503 and 504 say that the instance cannot serve. 500 may be the fault of the request, which would then throw out one instance
    /// after the other.
    /// </summary>
    internal static CallOutcome Outcome(HttpStatusCode status) => status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
        ? CallOutcome.Failed
        : CallOutcome.Answered;

    internal static CallOutcome Outcome(Exception failure, bool isLast, CancellationToken cancellation) => failure switch
    {
        OperationCanceledException when cancellation.IsCancellationRequested => CallOutcome.Abandoned,
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => CallOutcome.Unreachable,
        _ => IsUnconnected(failure, isLast) ? CallOutcome.Unreachable : CallOutcome.Failed,
    };

    /// <summary>
    /// Whether no connection was made, so that nothing was sent. A host that drops packets does not refuse: the time for a connection is over, which
    /// <see cref="SocketsHttpHandler.ConnectTimeout"/> tells as a cancellation with that cause.
    /// </summary>
    private static bool IsUnconnected(Exception failure, bool isLast) =>
        failure is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
        || (isLast && failure is OperationCanceledException { InnerException: TimeoutException });
}
