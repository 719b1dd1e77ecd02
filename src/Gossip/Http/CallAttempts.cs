namespace Gossip.Http;

/// <summary>
/// A request on its way to one instance and, where that cannot be reached, to another. Small on purpose: a call by name holds it while it
/// waits for its answer.
/// </summary>
internal struct CallAttempts
{
    /// <summary>A first instance and three others: if more are dead at a time, it is better to wait for the cluster to notice.</summary>
    private const int Attempts = 4;

    private readonly HttpRequestMessage _request;

    /// <summary>The address that the caller wrote.</summary>
    private readonly Uri _asked;

    private EndpointRoute _endpoint;

    /// <summary>Where the request was sent; null while it has its own address.</summary>
    private InstanceAddress? _address;

    /// <summary>Replaces the content of the request while it is sent.</summary>
    private CallContent? _watched;

    private long _start;
    private List<ServiceInstance>? _tried;
    private bool _lentHost;
    private bool _isUnderWay;

    /// <exception cref="NoInstancesException">There is no instance any more.</exception>
    public CallAttempts(HttpRequestMessage request, ServiceRoute route, string? key)
    {
        _request = request;
        _asked = request.RequestUri!;
        _endpoint = route.Pick(new CallContext { Key = key, Request = request }) ?? throw route.Explain();
    }

    public readonly HttpRequestMessage Request => _request;

    /// <summary>Directs the request to its instance.</summary>
    /// <param name="primary">What will send the request.</param>
    public HttpRequestMessage Depart(Primary primary)
    {
        _request.RequestUri = _address = _endpoint.Address(_asked, isShared: primary.IsKnown);
        if (_endpoint.Host is { } host && _request.Headers.Host is null)
        {
            _request.Headers.TryAddWithoutValidation("Host", host);
            _lentHost = true;
        }

        // A handler of the application may check the type of the content, and behind one nothing is sent again.
        if (primary.IsKnown && CallContent.Of(_request.Content) is { } watched)
            _request.Content = _watched = watched;

        _start = _endpoint.Instance.Statistics.Start();
        _isUnderWay = true;
        return _request;
    }

    /// <summary>Reports what the answer says of the instance, or has its end report it, and restores the request.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="outcomeSelector">What an answer means to this client.</param>
    public HttpResponseMessage Arrive(HttpResponseMessage response, Func<HttpResponseMessage, CallOutcome?>? outcomeSelector)
    {
        var statistics = _endpoint.Instance.Statistics;
        var left = statistics.Leave();
        _isUnderWay = false;
        var isElsewhere = _address!.IsLeft(_request);
        GoHome();
        var verdict = new Verdict(statistics, _start, left, outcomeSelector);
        // An answer after a redirect that was followed further inside says nothing of the instance, whose answer the redirect was.
        if (isElsewhere)
            verdict.Tell(CallOutcome.Answered);
        else if (GrpcContent.SaysLater(response))
            response.Content = new GrpcContent(response, verdict);
        else
            Tell(verdict, response);
        return response;
    }

    /// <summary>
    /// An answer that its caller does not get, because the application's function throws, is disposed, which frees its connection.
    /// </summary>
    private static void Tell(Verdict verdict, HttpResponseMessage response)
    {
        try
        {
            verdict.Tell(response);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Directs the request to where its answer leads, and returns whether it leads anywhere.</summary>
    public readonly bool IsLedOn(HttpResponseMessage answer)
    {
        if (Redirect.Target(_asked, _address!.Scheme, answer) is not { } target)
            return false;
        Redirect.Follow(_request, target, answer);
        return true;
    }

    /// <summary>
    /// Reports what a failure says of the instance, restores the request, and directs it to another instance if that is allowed and there
    /// is one.
    /// </summary>
    /// <param name="failure">Why there is no answer.</param>
    /// <param name="primary">What has sent the request.</param>
    /// <param name="keySelector">The key of a request.</param>
    /// <param name="cancellation">The caller's.</param>
    public bool TriesAnother(
        Exception failure, Primary primary, Func<HttpRequestMessage, string?>? keySelector, CancellationToken cancellation)
    {
        var isOfAnother = _watched is { HasFailed: true } || (_address is not null && primary.IsOfAnother(failure, _request, _address));
        var maySendAgain = !isOfAnother && IsUnconnected(failure, primary.IsKnown) && primary.MaySendAgain(_request, _address!, _watched);
        if (_address?.IsLeft(_request) == true)
            End(CallOutcome.Answered);
        else
            End(isOfAnother ? CallOutcome.Abandoned : Outcome(failure, primary.IsKnown, cancellation));
        if (!maySendAgain || cancellation.IsCancellationRequested)
            return false;
        (_tried ??= []).Add(_endpoint.Instance);
        var call = new CallContext { Key = keySelector?.Invoke(_request), Request = _request, Tried = _tried };
        if (_tried.Count == Attempts || _endpoint.Service.Pick(call) is not { } other)
            return false;
        _endpoint = other;
        other.Instance.Statistics.Calls?.Retry();
        return true;
    }

    private void End(CallOutcome outcome)
    {
        GoHome();
        if (_isUnderWay)
            _endpoint.Instance.Statistics.End(_start, outcome);
        _isUnderWay = false;
    }

    /// <summary>Restores the request as its caller wrote it, unless a redirect has led it elsewhere.</summary>
    private void GoHome()
    {
        if (_address?.IsLeft(_request) == false)
            _request.RequestUri = _asked;
        if (_lentHost)
            _request.Headers.Host = null;
        _lentHost = false;
        // A redirect may have removed the content.
        if (_watched is not null && ReferenceEquals(_request.Content, _watched))
            _request.Content = _watched.Original;
        _watched = null;
    }

    internal static CallOutcome Outcome(Exception failure, bool isLast, CancellationToken cancellation) => failure switch
    {
        OperationCanceledException when cancellation.IsCancellationRequested => CallOutcome.Abandoned,
        // The content could not be read, as one that can be read only once.
        HttpRequestException { InnerException: InvalidOperationException } => CallOutcome.Abandoned,
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => CallOutcome.Unreachable,
        _ => IsUnconnected(failure, isLast) ? CallOutcome.Unreachable : CallOutcome.Failed,
    };

    /// <summary>
    /// Whether no connection was made, so that nothing was sent. A host that drops packets does not refuse: the connection times out, which
    /// <see cref="SocketsHttpHandler.ConnectTimeout"/> reports as a cancellation with that cause.
    /// </summary>
    internal static bool IsUnconnected(Exception failure, bool isLast) =>
        failure is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
        || (isLast && failure is OperationCanceledException { InnerException: TimeoutException });
}
