using System.Runtime.CompilerServices;
using Gossip.Discovery;

namespace Gossip.Http;

/// <summary>
/// The routes to the names that were called, kept for all clients of one discovery: clients come and go, but what a selector knows of its
/// instances stays.
/// </summary>
internal sealed class Routes(IServiceDiscovery discovery)
{
    private static readonly ConditionalWeakTable<IServiceDiscovery, Routes> All = [];

    private readonly NameCache<(string Schemes, string Host), ServiceRoute[]> _known =
        new(key => IsKnown(discovery, CalledName.Read(key.Host).Service));

    /// <summary>For how many names a route is kept.</summary>
    internal int Kept => _known.Count;

    public static Routes Of(IServiceDiscovery discovery) => All.GetValue(discovery, one => new Routes(one));

    /// <summary>
    /// The route of the first of the address's schemes for which the service has an instance; null when the address means no service.
    /// </summary>
    /// <exception cref="NoInstancesException">It does mean one, but there is no instance.</exception>
    public ServiceRoute? Find(Uri address)
    {
        if (!CalledName.CanBe(address))
            return null;
        var key = (address.Scheme, address.Host);
        if (_known.TryGet(key, out var routes) && FirstOpen(routes) is { } route)
            return route;
        var name = CalledName.Read(key.Host);
        routes ??= Open(name, key.Scheme);
        if (FirstOpen(routes) is { } found)
        {
            // A name without instances is not kept: it may be a mistake, and there is no limit to those.
            _known.Keep(key, routes);
            return found;
        }

        return name.MayBeForeign && !IsKnown(discovery, name.Service) ? null : throw routes[^1].Explain();
    }

    /// <summary>The schemes of an address, in order of preference: "https+http" has two.</summary>
    public static string FirstScheme(string schemes) =>
        schemes.IndexOf('+', StringComparison.Ordinal) is > 0 and var plus ? schemes[..plus] : schemes;

    private static ServiceRoute? FirstOpen(ServiceRoute[] routes)
    {
        foreach (var route in routes)
        {
            if (route.IsOpen)
                return route;
        }

        return null;
    }

    private ServiceRoute[] Open(CalledName name, string schemes) =>
    [
        .. from scheme in schemes.Split('+')
           from transport in Transports(scheme)
           select new ServiceRoute(discovery, name, scheme, transport),
    ];

    /// <summary>A WebSocket begins as an HTTP request, so an endpoint for HTTP serves it.</summary>
    private static string[] Transports(string scheme) => scheme switch
    {
        "ws" => ["ws", "http"],
        "wss" => ["wss", "https"],
        _ => [scheme],
    };

    private static bool IsKnown(IServiceDiscovery discovery, string service) =>
        discovery.Current.GetAllInstances(service).Count > 0 || discovery.GetInstances(service).Count > 0;
}
