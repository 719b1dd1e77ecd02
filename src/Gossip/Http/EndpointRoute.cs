using System.Net;
using Gossip.Discovery;
using Gossip.Protocol;

namespace Gossip.Http;

/// <summary>Where a service's calls enter one of its instances: the address to connect to, and the name to call it by.</summary>
internal sealed class EndpointRoute
{
    private readonly string _authority;
    private readonly PeerAddress _owner;

    /// <summary>The last address that was made: callers that ask for the same path again and again share it.</summary>
    private InstanceAddress? _last;

    /// <param name="route">The route that it is on.</param>
    /// <param name="instance">The instance.</param>
    /// <param name="scheme">The scheme of the request, such as "wss" where the endpoint says "https".</param>
    /// <param name="endpoint">Where the instance is reached.</param>
    /// <param name="name">The name that was called.</param>
    public EndpointRoute(ServiceRoute route, ServiceInstance instance, string scheme, ServiceEndpoint endpoint, CalledName name)
    {
        Service = route;
        Instance = instance;
        // What stands in a configuration, the application's own has written.
        _owner = instance.Record is null ? default : instance.Owner!.Address;
        _authority = string.Concat(scheme, endpoint.ToString().AsSpan(endpoint.Scheme.Length));
        Host = IPAddress.TryParse(endpoint.Host, out _) ? name.Ascii : null;
    }

    /// <summary>The route to this endpoint, and to those of the service's other instances.</summary>
    public ServiceRoute Service { get; }

    public ServiceInstance Instance { get; }

    /// <summary>
    /// The Host header, and so the name that the certificate must have: the service's where the endpoint is an IP address, which no
    /// certificate names; null where the endpoint has a name of its own, or the service's cannot be written in ASCII.
    /// </summary>
    public string? Host { get; }

    /// <summary>The address of a request at this instance.</summary>
    /// <param name="asked">What the caller asked for.</param>
    /// <param name="isShared">Whether others may have the same.</param>
    public InstanceAddress Address(Uri asked, bool isShared)
    {
        var path = asked.PathAndQuery;
        if (!isShared)
            return new InstanceAddress(_authority + path, _owner, Instance);
        if (Volatile.Read(ref _last) is { } last && last.PathAndQuery == path)
            return last;
        var address = new InstanceAddress(_authority + path, _owner, Instance);
        Volatile.Write(ref _last, address);
        return address;
    }
}
