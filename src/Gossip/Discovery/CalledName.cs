using System.Globalization;

namespace Gossip.Discovery;

/// <summary>
/// What the host of a request's address means, in the grammar of Microsoft's service discovery:
/// <code>
/// host = [ "_" endpoint "." ] service
/// </code>
/// </summary>
/// <param name="Service">The service's name, decoded if it is in the network's ASCII form, such as "xn--80aatcn8h".</param>
/// <param name="Endpoint">The name of the endpoint; null when none is named.</param>
internal sealed record CalledName(string Service, string? Endpoint)
{
    /// <summary>A name with a dot in it may be a host name of the network.</summary>
    public bool MayBeForeign => Endpoint is null && Service.Contains('.', StringComparison.Ordinal);

    /// <summary>
    /// The service's name as the network carries it, in a Host header and in a certificate: in ASCII (A-labels, RFC 5890), and in lower
    /// case, so that it is the same for every caller. Null where there is no such form.
    /// </summary>
    public string? Ascii => System.Text.Ascii.IsValid(Service)
        ? Service.ToLowerInvariant()
        : Translate(Service.ToLowerInvariant(), static (map, name) => map.GetAscii(name));

    public static CalledName Read(string host)
    {
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return host[0] == '_' && dot > 1 && dot < host.Length - 1 ? new(Decode(host[(dot + 1)..]), host[1..dot]) : new(Decode(host), null);
    }

    /// <summary>Why a service's name cannot be used in an address; null when it can.</summary>
    public static string? Obstacle(string service)
    {
        if (!Uri.TryCreate($"http://{service}/", UriKind.Absolute, out var address) || address.Host.Length == 0)
            return "no URI can have it as its host";
        var called = Read(address.Host);
        if (called.Endpoint is not null && address.Host.Equals(service, StringComparison.OrdinalIgnoreCase))
            return $"in a URI it means the endpoint '{called.Endpoint}' of '{called.Service}'";
        if (!called.Service.Equals(service, StringComparison.OrdinalIgnoreCase))
            return $"a URI takes it for '{called.Service}'";
        if (!CanBe(address))
            return address.Host == "localhost" ? "in a URI it means this machine" : "in a URI it is an IP address";
        return called.Ascii is null ? "it has no form in ASCII (IDNA), as a Host header and a certificate need" : null;
    }

    /// <summary>
    /// Whether an address can mean a service at all: one with an explicit port, an IP address or this machine's name is meant literally.
    /// The default port of a scheme does not count, since it cannot be told from none.
    /// </summary>
    public static bool CanBe(Uri address) =>
        address is { IsAbsoluteUri: true, IsDefaultPort: true, HostNameType: UriHostNameType.Dns or UriHostNameType.Basic }
        && address.Host is { Length: > 0 } host && host != "localhost";

    private static string Decode(string host) =>
        host.Contains("xn--", StringComparison.OrdinalIgnoreCase)
            ? Translate(host, static (map, name) => map.GetUnicode(name)) ?? host
            : host;

    private static string? Translate(string name, Func<IdnMapping, string, string> translate)
    {
        try
        {
            return translate(new IdnMapping(), name) is { Length: > 0 } other ? other : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
