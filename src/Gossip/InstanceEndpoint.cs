using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gossip.Protocol;

namespace Gossip;

/// <summary>One place where an instance is reached.</summary>
public sealed class InstanceEndpoint
{
    internal InstanceEndpoint(ServiceEndpoint endpoint)
    {
        Name = endpoint.Name;
        Scheme = endpoint.Scheme;
        Host = endpoint.Host;
        Port = endpoint.Port;
        // A record of another version of the software may hold what no URI does: then there is none, and nothing fails.
        Uri = Uri.TryCreate(Text(Scheme, Host, Port), UriKind.Absolute, out var uri) ? uri : null;
    }

    /// <summary>What the endpoint is for, such as "http" or "admin".</summary>
    public string Name { get; }

    /// <summary>The URI scheme.</summary>
    public string Scheme { get; }

    /// <summary>A host name or an IP address.</summary>
    public string Host { get; }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>The endpoint as an address; null when it does not form one.</summary>
    public Uri? Uri { get; }

    /// <inheritdoc/>
    public override string ToString() => Text(Scheme, Host, Port);

    private static string Text(string scheme, string host, int port)
    {
        var isIPv6 = IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 && host[0] != '[';
        var bracketed = isIPv6 ? $"[{host}]" : host;
        return string.Create(CultureInfo.InvariantCulture, $"{scheme}://{bracketed}:{port}");
    }
}
