using System.Net;
using Gossip.Configuration;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>Describes the service that this process is, from what was configured and from what the server listens at.</summary>
internal static partial class OwnService
{
    /// <summary>Null when there is nothing to register: the process only looks on.</summary>
    public static ServiceRecord? Describe(
        GossipServiceOptions options, NodeIdentity node, string application, IReadOnlyCollection<string> listening, ILogger logger)
    {
        if (options.Register == false)
            return null;
        var texts = options.Endpoints.Count > 0 ? options.Endpoints : listening;
        var endpoints = Endpoints(texts, options.Host ?? node.Advertised.ToIPAddress().ToString(), node, logger);
        if (endpoints.Count == 0 && options.Register != true)
            return null;
        return new ServiceRecord
        {
            InstanceId = node.Name,
            Service = options.Name ?? application,
            Version = options.Version,
            Weight = options.Weight,
            Tags = [.. options.Tags],
            Metadata = [.. options.Metadata],
            Endpoints = endpoints,
        };
    }

    private static List<ServiceEndpoint> Endpoints(IEnumerable<string> texts, string host, NodeIdentity node, ILogger logger)
    {
        List<ServiceEndpoint> endpoints = [];
        foreach (var text in texts)
        {
            // What is no address of a network (a Unix socket, a named pipe) is of no use to others.
            if (!EndpointAddress.TryParse(text, out var address) || endpoints.Count == Limits.Endpoints)
                continue;
            if (address.IsLoopback && !node.Advertised.IsLoopback)
                OnlyLocal(logger, text, node.Advertised.ToIPAddress());
            var reached = Reached(address, host, node);
            if (!endpoints.Exists(one => one.Scheme == address.Scheme && one.Host == reached && one.Port == address.Port))
                endpoints.Add(new ServiceEndpoint(NameOf(address, endpoints), address.Scheme, reached, address.Port));
        }

        return endpoints;
    }

    /// <summary>
    /// A host that means this machine is replaced by one that means it to others too. "localhost" stays when all others are on this
    /// machine as well: it is the name in a development certificate.
    /// </summary>
    private static string Reached(EndpointAddress address, string host, NodeIdentity node)
    {
        if (!address.IsThisMachine || (address.IsLoopback && node.Advertised.IsLoopback))
            return address.Host;
        return host;
    }

    /// <summary>The scheme, and the port too when the scheme is taken.</summary>
    private static string NameOf(EndpointAddress address, List<ServiceEndpoint> endpoints) =>
        endpoints.Exists(one => one.Name == address.Scheme) ? $"{address.Scheme}-{address.Port}" : address.Scheme;

    [LoggerMessage(50, LogLevel.Warning,
        "The server listens at {Address}, which only this machine reaches, but the node is advertised at {Advertised}: calls from other machines "
        + "will be refused. Let the server listen at all addresses, as with ASPNETCORE_URLS=http://0.0.0.0:5000, or set Gossip:Service:Endpoints")]
    private static partial void OnlyLocal(ILogger logger, string address, IPAddress advertised);
}
