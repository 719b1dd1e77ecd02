using System.Net;
using Gossip.Configuration;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>Where others reach what the server listens at, or what was configured.</summary>
internal static partial class OwnEndpoints
{
    /// <param name="texts">The addresses as they were given.</param>
    /// <param name="host">Replaces a host that means this machine.</param>
    /// <param name="node">Where the others reach the node.</param>
    /// <param name="logger">Logs addresses that are not published, or that others do not reach.</param>
    public static List<ServiceEndpoint> Of(IEnumerable<string> texts, string host, NodeIdentity node, ILogger logger)
    {
        List<EndpointText> all = [];
        List<string> unreachable = [];
        foreach (var text in texts)
        {
            if (EndpointText.TryParse(text, out var one))
                all.Add(one);
            else
                unreachable.Add(text);
        }

        List<ServiceEndpoint> endpoints = [];
        List<EndpointAddress> beyond = [];
        HashSet<string> names = new(all.Select(one => one.Name), StringComparer.OrdinalIgnoreCase);
        foreach (var (name, address, protocol) in all)
        {
            var reached = new EndpointAddress(address.Scheme, Reached(address, host, node), address.Port);
            if (name.Length == 0 && endpoints.Exists(one => new EndpointAddress(one.Scheme, one.Host, one.Port) == reached))
                continue;
            if (endpoints.Count == Limits.Endpoints)
            {
                beyond.Add(address);
                continue;
            }

            if (address.IsLoopback && !node.Advertised.IsLoopback)
                OnlyLocal(logger, address, node.Advertised.ToIPAddress());
            var given = name.Length > 0 ? name : NameOf(address, names);
            endpoints.Add(new ServiceEndpoint(given, reached.Scheme, reached.Host, reached.Port) { Protocol = protocol });
        }

        if (unreachable.Count > 0)
            NotOfNetwork(logger, string.Join(", ", unreachable));
        if (beyond.Count > 0)
            TooMany(logger, beyond.Count, string.Join(", ", beyond), Limits.Endpoints);
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

    /// <summary>The scheme, with the port if the scheme is taken.</summary>
    private static string NameOf(EndpointAddress address, HashSet<string> names) =>
        names.Add(address.Scheme) ? address.Scheme : $"{address.Scheme}-{address.Port}";

    [LoggerMessage(50, LogLevel.Warning,
        "The server listens at {Address}, which only this machine reaches, but the node is advertised at {Advertised}: calls from other "
        + "machines will be refused. Let the server listen at all addresses, as with ASPNETCORE_URLS=http://0.0.0.0:5000, "
        + "or set Gossip:Service:Endpoints")]
    private static partial void OnlyLocal(ILogger logger, EndpointAddress address, IPAddress advertised);

    [LoggerMessage(51, LogLevel.Warning,
        "The server listens at {Addresses}, which is no address of a network, such as a Unix socket or a named pipe: "
        + "others are not told of it. Set Gossip:Service:Endpoints to where they reach it, if anywhere")]
    private static partial void NotOfNetwork(ILogger logger, string addresses);

    [LoggerMessage(52, LogLevel.Warning,
        "The server listens at more addresses than the {Most} that a record holds, and others are not told of {Count}: {Addresses}. "
        + "Set Gossip:Service:Endpoints to those that they need")]
    private static partial void TooMany(ILogger logger, int count, string addresses, int most);
}
