using System.Net;
using System.Runtime.CompilerServices;

namespace Gossip.Http;

/// <summary>
/// What sends the requests of a client in the end, as far as it is known what it does by itself. Sockets send a request again after a
/// redirect, after a challenge to authenticate, and when a connection ends before the first byte of an answer; a connection that fails then
/// is told in the same words as one that fails at first. So redirects are taken over from sockets, and sockets are watched: they ask for
/// the encoding of a header when they write it, which is the only moment of a request of which they tell. Only sockets that have sent
/// nothing yet can be told so.
/// </summary>
internal sealed class Primary
{
    private static readonly ConditionalWeakTable<HttpMessageHandler, Lazy<Primary>> All = [];
    private static readonly ConditionalWeakTable<SocketsHttpHandler, Lazy<bool>> Watched = [];

    private readonly Func<IWebProxy?>? _proxy;
    private readonly Func<bool>? _authenticates;
    private readonly bool _isWatched;

    private Primary(Func<IWebProxy?>? proxy = null, Func<bool>? authenticates = null)
    {
        _proxy = proxy;
        _authenticates = authenticates;
    }

    private Primary(SocketsHttpHandler sockets, bool isWatched)
        : this(() => sockets.UseProxy ? sockets.Proxy ?? HttpClient.DefaultProxy : null, () => sockets.Credentials is not null) =>
        _isWatched = isWatched;

    /// <summary>
    /// Whether requests go to a handler of the framework's without passing one of the application's, which may do anything.
    /// </summary>
    public bool IsKnown { get; private init; }

    /// <summary>How many redirects are followed for it; 0 when its client wants none, or when it follows them by itself.</summary>
    public int Redirects { get; private init; }

    /// <summary>What is known of a handler: the same for all clients that share it.</summary>
    public static Primary Of(HttpMessageHandler handler) => All.GetValue(handler, one => new Lazy<Primary>(() => Take(one))).Value;

    /// <summary>
    /// Whether a request for which no connection could be made may be sent to another instance: not one that was led elsewhere, and any
    /// other where it is certain that nothing of it was sent. Where that cannot be seen, one by which nothing is meant to change may (RFC
    /// 9110, section 9.2.1).
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="address">Where it was sent.</param>
    /// <param name="content">Its content, if that was watched.</param>
    public bool MaySendAgain(HttpRequestMessage request, InstanceAddress address, CallContent? content)
    {
        if (address.IsLeft(request) || WasWritten(request, address) || content is { HasBegun: true })
            return false;
        // A header is written with each request that has a content.
        if (_isWatched && (request.Content is not null || request.Headers.NonValidated.Count > 0))
            return true;
        // Sockets begin the body of a request only once, if no challenge and no expectation stands before it. A connection of HTTP/2 may
        // have taken the head of it before that.
        var isReadOnce = IsKnown && _authenticates?.Invoke() == false && request is
        {
            Content: not null, Headers.ExpectContinue: not true, Version.Major: < 2,
            VersionPolicy: not HttpVersionPolicy.RequestVersionOrHigher,
        };
        return isReadOnce || IsSafe(request.Method);
    }

    /// <summary>
    /// Whether a failure to send to an address is not the instance's: the proxy's before it, or that of a handler of the application's
    /// which had sent the request, and sends whatever it likes.
    /// </summary>
    public bool IsOfAnother(Exception failure, HttpRequestMessage request, InstanceAddress address) => failure switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => true,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
            or OperationCanceledException { InnerException: TimeoutException } =>
                Proxies(address) || (!IsKnown && WasWritten(request, address)),
        _ => false,
    };

    /// <summary>
    /// A handler of the application's may send another request in place of the one that it was given, so its address is asked.
    /// </summary>
    private bool WasWritten(HttpRequestMessage request, InstanceAddress address) =>
        IsKnown ? address.IsWritten(request) : address.WasWritten;

    private bool Proxies(Uri address) =>
        _proxy?.Invoke() is { } proxy && !proxy.IsBypassed(address) && proxy.GetProxy(address) is { } through && through != address;

    private static bool IsSafe(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options || method == HttpMethod.Trace;

    private static Primary Take(HttpMessageHandler handler)
    {
        var last = handler;
        while (last is DelegatingHandler { InnerHandler: { } inner })
            last = inner;
        return last switch
        {
            SocketsHttpHandler sockets when sockets == handler => Take(sockets),
            // What the application's handler adds to a request is meant for where that goes, not for where a redirect leads.
            SocketsHttpHandler sockets => new Primary(sockets, Watch(sockets)),
            HttpClientHandler client when client == handler && client.GetType() == typeof(HttpClientHandler) => Take(client),
            _ => new Primary(),
        };
    }

    private static Primary Take(SocketsHttpHandler sockets)
    {
        var redirects = 0;
        try
        {
            if (sockets.AllowAutoRedirect && !AreForAnyHost(sockets.Credentials))
            {
                sockets.AllowAutoRedirect = false;
                redirects = sockets.MaxAutomaticRedirections;
            }
        }
        catch (InvalidOperationException)
        {
            // They have sent requests already, and follow redirects by themselves.
        }

        return new Primary(sockets, Watch(sockets)) { IsKnown = true, Redirects = redirects };
    }

    private static Primary Take(HttpClientHandler client)
    {
        var redirects = 0;
        try
        {
            if (client.AllowAutoRedirect && !client.UseDefaultCredentials && !AreForAnyHost(client.Credentials))
            {
                client.AllowAutoRedirect = false;
                redirects = client.MaxAutomaticRedirections;
            }
        }
        catch (InvalidOperationException)
        {
            // As above.
        }

        return new Primary(
            () => client.UseProxy ? client.Proxy ?? HttpClient.DefaultProxy : null,
            () => client.UseDefaultCredentials || client.Credentials is not null)
        {
            IsKnown = true,
            Redirects = redirects,
        };
    }

    /// <summary>Has sockets note when they write a request, and look where a connection has led; false when they cannot be told any
    /// more.</summary>
    private static bool Watch(SocketsHttpHandler sockets) => Watched.GetValue(sockets, one => new Lazy<bool>(() =>
    {
        try
        {
            var theirs = one.RequestHeaderEncodingSelector;
            one.RequestHeaderEncodingSelector = (header, request) =>
            {
                InstanceAddress.Write(request);
                return theirs?.Invoke(header, request);
            };
            var connect = one.ConnectCallback;
            one.ConnectCallback = (context, cancellation) => InstanceConnection.OpenAsync(connect, context, cancellation);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    })).Value;

    /// <summary>
    /// Credentials that do not say for which host they are: sockets do not send them where a redirect leads, which only they can know.
    /// </summary>
    private static bool AreForAnyHost(ICredentials? credentials) => credentials is not null and not CredentialCache;
}
