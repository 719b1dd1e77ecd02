using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Gossip.AspNetCore.Access;

/// <summary>
/// Whether a request comes from a program or a browser on this machine, and not from a proxy on it, from a web page that the browser shows,
/// or only by a header that says so. A proxy that speaks HTTP/1.1 and adds no header at all looks like a program, so this is only asked in
/// Development.
/// </summary>
internal static class LocalCaller
{
    /// <summary>The objection against a page that may not read the answer.</summary>
    public const string ForeignPage = "a page of another origin asks";

    private static readonly string[] ProxyHeaders =
    [
        "Forwarded", "Via", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "X-Envoy-External-Address", "True-Client-IP",
        "CF-Connecting-IP", "Fastly-Client-IP",
    ];

    /// <summary>Prefixes, since each proxy has headers of its own; the second is what ASP.NET leaves where it has read one.</summary>
    private static readonly string[] ProxyPrefixes = ["X-Forwarded-", "X-Original-"];

    /// <returns>Why the caller does not count as local; null when it does.</returns>
    public static string? Objection(HttpContext http)
    {
        if (IsPassedOn(http.Request))
            return "a proxy has passed it on";
        if (!IsConnectedFromHere(http))
            return "its connection does not come from this machine";
        if (!IsLocalName(HostOf(http.Request).Host))
            return "its Host is none of this machine, as of a page that has its name point here (DNS rebinding)";
        return IsForeignPage(http.Request) ? ForeignPage : null;
    }

    /// <summary>
    /// Whether the other end of the connection is on this machine. What a middleware has set from the headers is no evidence: the address
    /// and the port must be those of the connection itself. Servers that tell nothing about their connections are believed.
    /// </summary>
    public static bool IsConnectedFromHere(HttpContext http)
    {
        if (http.Connection.RemoteIpAddress is not { } shown || !IPAddress.IsLoopback(shown))
            return false;
        return http.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket
            || (PeerOf(socket) is IPEndPoint peer && peer.Address.Equals(shown) && peer.Port == http.Connection.RemotePort);
    }

    /// <summary>
    /// Whether the request comes from a page other than the endpoint's own, by the headers that browsers add and no page can change (Fetch
    /// Metadata). The answer to a link is seen by the user of the browser, and by no page.
    /// </summary>
    public static bool IsForeignPage(HttpRequest request)
    {
        var headers = request.Headers;
        if (headers.TryGetValue(HeaderNames.Origin, out var origin) && !IsOwn(origin.ToString(), HostOf(request)))
            return true;
        return headers.TryGetValue("Sec-Fetch-Site", out var site) && site.ToString() is not ("same-origin" or "none")
            && !(headers["Sec-Fetch-Mode"] == "navigate" && headers["Sec-Fetch-Dest"] == "document");
    }

    /// <summary>As it was sent: the framework decodes names (Punycode), and throws for one that is none, such as "xn--".</summary>
    private static HostString HostOf(HttpRequest request) => new(request.Headers.Host.ToString());

    private static EndPoint? PeerOf(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint;
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The caller has hung up.
            return null;
        }
    }

    /// <summary>Current programs speak at least HTTP/1.1; a proxy with default settings may speak 1.0, as nginx 1.22 does.</summary>
    private static bool IsPassedOn(HttpRequest request) =>
        HttpProtocol.IsHttp10(request.Protocol)
        || ProxyHeaders.Any(request.Headers.ContainsKey)
        || request.Headers.Keys.Any(name => ProxyPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)));

    /// <summary>The names under localhost are this machine's (RFC 6761 §6.3): no page can get one of its own.</summary>
    private static bool IsLocalName(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static bool IsOwn(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && string.Equals(page.Authority, host.Value, StringComparison.OrdinalIgnoreCase);
}
