using System.Globalization;
using Gossip.Protocol;

namespace Gossip;

/// <summary>One place where an instance is reached.</summary>
public sealed record ServiceEndpoint
{
    private Uri? _uri;

    /// <param name="name">What it is for, such as "http" or "admin".</param>
    /// <param name="scheme">The URI scheme, such as "https".</param>
    /// <param name="host">A host name or an IP address.</param>
    /// <param name="port">The port, 1 to 65535.</param>
    public ServiceEndpoint(string name, string scheme, string host, int port) => (Name, Scheme, Host, Port) = (name, scheme, host, port);

    /// <summary>What it is for, such as "http" or "admin"; 1 to 128 bytes.</summary>
    public string Name { get; init; }

    /// <summary>The URI scheme, such as "https".</summary>
    public string Scheme { get; init; }

    /// <summary>A host name or an IP address.</summary>
    public string Host { get; init; }

    /// <summary>The port, 1 to 65535.</summary>
    public int Port { get; init; }

    /// <summary>
    /// The protocol spoken there if the scheme does not tell it, such as "grpc" or "amqp"; at most 128 bytes, null when not given.
    /// </summary>
    public string? Protocol { get; init => field = value is "" ? null : value; }

    /// <summary>The endpoint as an address; null when it does not form one, as in a record of another version of the software.</summary>
    public Uri? Uri => _uri ?? (Uri.TryCreate(ToString(), UriKind.Absolute, out var uri) ? _uri = uri : null);

    /// <summary>Whether both have the same content.</summary>
    public bool Equals(ServiceEndpoint? other) =>
        other is not null && Name == other.Name && Scheme == other.Scheme
            && Host == other.Host && Port == other.Port && Protocol == other.Protocol;

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)StableHash.Of(ToString()));

    /// <summary>The endpoint as "scheme://host:port".</summary>
    public override string ToString()
    {
        var isBareIPv6 = Host.Contains(':', StringComparison.Ordinal) && Host[0] != '[';
        var bracketed = isBareIPv6 ? $"[{Host}]" : Host;
        return string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{bracketed}:{Port}");
    }
}
