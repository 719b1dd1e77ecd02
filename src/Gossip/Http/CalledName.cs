namespace Gossip.Http;

/// <summary>
/// What the host of a request's address means, in the grammar of Microsoft's service discovery:
/// <code>
/// host = [ "_" endpoint "." ] service
/// </code>
/// </summary>
/// <param name="Service">The service's name, in lower case, as <see cref="Uri.Host"/> makes it.</param>
/// <param name="Endpoint">The name of the endpoint; null when none is named.</param>
internal sealed record CalledName(string Service, string? Endpoint)
{
    /// <summary>A name with a dot in it may be one of the network's.</summary>
    public bool MayBeForeign => Endpoint is null && Service.Contains('.', StringComparison.Ordinal);

    public static CalledName Read(string host)
    {
        var dot = host.IndexOf('.', StringComparison.Ordinal);
        return host[0] == '_' && dot > 1 && dot < host.Length - 1 ? new(host[(dot + 1)..], host[1..dot]) : new(host, null);
    }

    /// <summary>
    /// Whether an address can mean a service at all: one with a port of its own, an IP address and this machine are meant as they are
    /// written. The port that a scheme has anyway says nothing, since it cannot be told from none.
    /// </summary>
    public static bool CanBe(Uri address) =>
        address is { IsAbsoluteUri: true, IsDefaultPort: true, HostNameType: UriHostNameType.Dns or UriHostNameType.Basic }
        && address.Host is { Length: > 0 } host && host != "localhost";
}
