using System.Net;
using Gossip.Discovery;

namespace Gossip.Http;

/// <summary>
/// A redirect (RFC 9110, section 15.4), followed as <see cref="SocketsHttpHandler"/> does: a POST becomes a GET with 300, 301 and 302, as
/// does all but GET and HEAD with 303; 307 and 308 repeat the request; none is followed from https to http; an Authorization header is not
/// sent on.
/// </summary>
internal static class Redirect
{
    /// <summary>Where an answer leads; null when it leads nowhere.</summary>
    /// <param name="from">The address that was requested.</param>
    /// <param name="answer">The answer.</param>
    public static Uri? Target(Uri from, HttpResponseMessage answer)
    {
        if (!IsRedirect(answer.StatusCode) || answer.Headers.Location is not { } location)
            return null;
        var target = location.IsAbsoluteUri ? location : new Uri(from, location);
        if (!IsSpoken(target.Scheme) || (IsSecure(from.Scheme) && !IsSecure(target.Scheme)))
            return null;
        // RFC 9110, section 10.2.2.
        return from.Fragment.Length > 0 && target.Fragment.Length == 0 ? new UriBuilder(target) { Fragment = from.Fragment }.Uri : target;
    }

    /// <summary>
    /// Where an answer of a service leads. The service's own name is called by name again: the called endpoint stays, and a port, which is
    /// that of the answering instance, is ignored.
    /// </summary>
    /// <param name="asked">The address that was requested.</param>
    /// <param name="scheme">The scheme that was taken, where several were asked for.</param>
    /// <param name="answer">The answer.</param>
    public static Uri? Target(Uri asked, string scheme, HttpResponseMessage answer)
    {
        if (!IsRedirect(answer.StatusCode))
            return null;
        var from = asked.Scheme == scheme ? asked : new Uri(string.Concat(scheme, asked.AbsoluteUri.AsSpan(asked.Scheme.Length)));
        if (Target(from, answer) is not { HostNameType: UriHostNameType.Dns or UriHostNameType.Basic, Host.Length: > 0 } target)
            return Target(from, answer);
        var own = CalledName.Read(asked.Host);
        var name = CalledName.Read(target.Host);
        return string.Equals(name.Service, own.Service, StringComparison.OrdinalIgnoreCase)
            ? new UriBuilder(target) { Host = name.Endpoint is null ? asked.Host : target.Host, Port = -1 }.Uri
            : target;
    }

    /// <summary>Directs a request to where its answer leads, and disposes the answer.</summary>
    public static void Follow(HttpRequestMessage request, Uri target, HttpResponseMessage answer)
    {
        request.RequestUri = target;
        request.Headers.Authorization = null;
        if (BecomesGet(answer.StatusCode, request.Method))
        {
            request.Method = HttpMethod.Get;
            request.Content = null;
            if (request.Headers.TransferEncodingChunked == true)
                request.Headers.TransferEncodingChunked = false;
        }

        answer.Dispose();
    }

    private static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MultipleChoices
        or HttpStatusCode.Moved or HttpStatusCode.Found or HttpStatusCode.SeeOther
        or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static bool BecomesGet(HttpStatusCode status, HttpMethod method) => status switch
    {
        HttpStatusCode.MultipleChoices or HttpStatusCode.Moved or HttpStatusCode.Found => method == HttpMethod.Post,
        HttpStatusCode.SeeOther => method != HttpMethod.Get && method != HttpMethod.Head,
        _ => false,
    };

    private static bool IsSpoken(string scheme) => scheme is "http" or "https" or "ws" or "wss";

    private static bool IsSecure(string scheme) => scheme is "https" or "wss";
}
