using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Gossip.Configuration;

/// <summary>
/// An endpoint as people and web servers write it: "scheme://host:port". Unlike a URI the host may be "*" or "+", which mean all addresses.
/// </summary>
internal sealed record EndpointAddress(string Scheme, string Host, int Port)
{
    /// <summary>Whether the host means this machine, whatever its name: all its addresses, or its loopback.</summary>
    public bool IsThisMachine => IsAnyAddress || IsLoopback;

    /// <summary>Whether the host means all addresses of this machine.</summary>
    public bool IsAnyAddress =>
        Host is "*" or "+"
            || (IPAddress.TryParse(Host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

    /// <summary>Whether only this machine reaches the endpoint.</summary>
    public bool IsLoopback =>
        string.Equals(Host, "localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    public static bool TryParse(string text, [NotNullWhen(true)] out EndpointAddress? endpoint)
    {
        endpoint = null;
        var schemeEnd = text.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd <= 0 || !Uri.CheckSchemeName(text[..schemeEnd]))
            return false;
        var scheme = text[..schemeEnd].ToLowerInvariant();
        var rest = text[(schemeEnd + 3)..];
        var pathStart = rest.IndexOf('/', StringComparison.Ordinal);
        if (pathStart >= 0)
            rest = rest[..pathStart];
        var colon = rest.LastIndexOf(':');
        var host = colon > rest.LastIndexOf(']') ? rest[..colon] : rest;
        if (!TryReadPort(scheme, rest[host.Length..], out var port))
            return false;
        host = host.Trim('[', ']');
        if (host is not ("*" or "+") && Uri.CheckHostName(host) == UriHostNameType.Unknown)
            return false;
        endpoint = new EndpointAddress(scheme, host, port);
        return true;
    }

    /// <param name="scheme">Gives the port when the text has none.</param>
    /// <param name="text">Empty, or ":port".</param>
    /// <param name="port">The port.</param>
    private static bool TryReadPort(string scheme, string text, out int port)
    {
        port = scheme switch { "http" => 80, "https" => 443, _ => 0 };
        if (text.Length > 0 && !int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out port))
            return false;
        return port is > 0 and <= ushort.MaxValue;
    }

    /// <summary>The endpoint as "scheme://host:port".</summary>
    public override string ToString()
    {
        var host = Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;
        return string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{host}:{Port}");
    }
}
