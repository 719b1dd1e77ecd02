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

    private readonly Func<IWebProxy?>? _proxy;
    private readonly Func<bool>? _authenticates;
    private readonly bool _isWatched;

    /// <summary>A handler of the application's, which may do anything.</summary>
    private Primary()
    {
    }

    private Primary(Func<IWebProxy?> proxy, Func<bool> authenticates, bool isWatched, int redirects)
    {
        _proxy = proxy;
        _authenticates = authenticates;
        _isWatched = isWatched;
        Redirects = redirects;
    }

    /// <summary>Whether it is one of the framework's, of which is known what it does.</summary>
    public bool IsKnown => _proxy is not null;

    /// <summary>How many redirects are followed for it; 0 when its client wants none, or when it follows them by itself.</summary>
    public int Redirects { get; }

    /// <summary>What is known of a handler: the same for all clients that share it.</summary>
    public static Primary Of(HttpMessageHandler handler) => All.GetValue(handler, one => new Lazy<Primary>(() => Take(one))).Value;

    /// <summary>
    /// Whether a request for which no connection could be made may be sent to another instance: one that a redirect has led elsewhere
    /// never; one by which nothing is meant to change (RFC 9110, section 9.2.1) always, as sockets do; any other where it is certain that
    /// nothing of it was sent.
    /// </summary>
    public bool MaySendAgain(HttpRequestMessage request, InstanceAddress address)
    {
        if (address.IsLeft(request))
            return false;
        if (IsSafe(request.Method))
            return true;
        // A header is written with each request that has a content.
        if (_isWatched && (request.Content is not null || request.Headers.NonValidated.Count > 0))
            return !address.IsWritten(request);
        // Sockets begin the body of a request only once, if no challenge and no expectation stands before it.
        return _authenticates?.Invoke() == false && request is { Content: not null, Headers.ExpectContinue: not true };
    }

    /// <summary>Whether a failure to send to an address is that of the proxy before it.</summary>
    public bool IsOfProxy(Exception failure, Uri address) => failure switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => true,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
            or OperationCanceledException { InnerException: TimeoutException } => Proxies(address),
        _ => false,
    };

    private bool Proxies(Uri address) =>
        _proxy?.Invoke() is { } proxy && !proxy.IsBypassed(address) && proxy.GetProxy(address) is { } through && through != address;

    private static bool IsSafe(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options || method == HttpMethod.Trace;

    private static Primary Take(HttpMessageHandler handler) => handler switch
    {
        SocketsHttpHandler sockets => Take(sockets),
        HttpClientHandler client when client.GetType() == typeof(HttpClientHandler) => Take(client),
        _ => new Primary(),
    };

    private static Primary Take(SocketsHttpHandler sockets)
    {
        var redirects = 0;
        var isWatched = false;
        try
        {
            var theirs = sockets.RequestHeaderEncodingSelector;
            sockets.RequestHeaderEncodingSelector = (header, request) =>
            {
                InstanceAddress.Write(request);
                return theirs?.Invoke(header, request);
            };
            isWatched = true;
            if (sockets.AllowAutoRedirect && !AreForAnyHost(sockets.Credentials))
            {
                sockets.AllowAutoRedirect = false;
                redirects = sockets.MaxAutomaticRedirections;
            }
        }
        catch (InvalidOperationException)
        {
            // It has sent requests already, and stays as it is.
        }

        return new Primary(
            () => sockets.UseProxy ? sockets.Proxy ?? HttpClient.DefaultProxy : null, () => sockets.Credentials is not null, isWatched, redirects);
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
            () => client.UseDefaultCredentials || client.Credentials is not null,
            isWatched: false,
            redirects);
    }

    /// <summary>
    /// Credentials that do not say for which host they are: sockets do not send them where a redirect leads, which only they can know.
    /// </summary>
    private static bool AreForAnyHost(ICredentials? credentials) => credentials is not null and not CredentialCache;
}
