using System.Runtime.CompilerServices;
using Gossip.Balancing;
using Gossip.Discovery;

namespace Gossip.Http;

/// <summary>One scheme of a name: which instances have an endpoint for it, and where.</summary>
internal sealed class ServiceRoute
{
    private readonly ConditionalWeakTable<ServiceInstance, EndpointRoute> _routes = [];
    private readonly ConditionalWeakTable<ServiceInstance, EndpointRoute>.CreateValueCallback _open;
    private readonly IServiceView _view;
    private readonly string? _endpoint;
    private readonly string _transport;

    /// <param name="discovery">Where the instances are known.</param>
    /// <param name="name">The name that was called.</param>
    /// <param name="scheme">The scheme of the request.</param>
    /// <param name="transport">The scheme that the endpoint must have: for "wss" requests either "wss" or "https".</param>
    public ServiceRoute(IServiceDiscovery discovery, CalledName name, string scheme, string transport)
    {
        _endpoint = name.Endpoint;
        _transport = transport;
        _open = instance => new EndpointRoute(this, instance, scheme, Find(instance, _endpoint, _transport)!, name);
        _view = discovery.Open(new ServiceQuery(name.Service)
        {
            Endpoint = name.Endpoint,
            Scheme = transport,
            Where = instance => Find(instance, _endpoint, _transport) is not null
        });
    }

    private string Service => _view.Query.Service;

    public bool IsOpen => _view.Instances.Count > 0;

    /// <summary>The endpoint of an instance that was not tried in vain; null when there is none.</summary>
    public EndpointRoute? Pick(CallContext call)
    {
        var chosen = _view.TryPick(call);
        // A view returns a tried instance only when there is no other.
        return chosen is null || Picker.IsIn(call.Tried, chosen) ? null : _routes.GetValue(chosen, _open);
    }

    /// <summary>Says why there is none.</summary>
    public NoInstancesException Explain() => _view is ServiceView own
        ? own.Explain()
        : new NoInstancesException($"{NoInstancesException.Code}: no instance of '{Service}' matches.") { Service = Service };

    /// <summary>
    /// The endpoint of that name and scheme. Where no endpoint was named: the one named as its scheme, as services register by default, or
    /// "default", or the instance's first; any other, such as an "admin" endpoint, has to be called by name.
    /// </summary>
    /// <param name="instance">The instance.</param>
    /// <param name="name">The endpoint's name; null where none was named.</param>
    /// <param name="transport">The scheme that it must have.</param>
    internal static ServiceEndpoint? Find(ServiceInstance instance, string? name, string transport)
    {
        ServiceEndpoint? found = null;
        var endpoints = instance.Endpoints;
        for (var i = 0; i < endpoints.Count; i++)
        {
            var endpoint = endpoints[i];
            if (!Same(endpoint.Scheme, transport) || endpoint.Uri is null)
                continue;
            if (Same(endpoint.Name, name ?? transport))
                return endpoint;
            if (name is null && (i == 0 || Same(endpoint.Name, "default")))
                found = endpoint;
        }

        return found;
    }

    private static bool Same(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}
