using System.Net;
using Gossip.Configuration;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>What the host calls the application.</summary>
internal readonly record struct Application(string Name, string Environment);

/// <summary>Describes the service that this process is, from what was configured and from what the server listens at.</summary>
internal static partial class OwnService
{
    /// <summary>Null when there is nothing to register: the process only looks on.</summary>
    public static ServiceRecord? Describe(
        GossipServiceOptions options, NodeIdentity node, Application application, IReadOnlyCollection<string> listening, ILogger logger)
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
            Service = options.Name ?? application.Name,
            Version = options.Version,
            Weight = options.Weight,
            Tags = [.. options.Tags],
            Metadata = [.. options.Metadata],
            Endpoints = endpoints,
            Zone = options.Zone,
            Region = options.Region,
            Environment = options.Environment ?? application.Environment,
            Host = Environment.MachineName,
            DependsOn = [.. options.DependsOn],
            AuthorizedRoles = [.. options.AuthorizedRoles],
        };
    }

    /// <summary>
    /// Moves the endpoints at the address that a node had to where it is now: at the one that has gone from the machine nobody reaches anything.
    /// The record itself when it has none there.
    /// </summary>
    public static ServiceRecord Follow(ServiceRecord record, PeerAddress before, PeerAddress after)
    {
        var (old, host) = (before.ToIPAddress().ToString(), after.ToIPAddress().ToString());
        if (!record.Endpoints.Any(endpoint => endpoint.Host == old))
            return record;
        return record with { Endpoints = [.. record.Endpoints.Select(endpoint => endpoint.Host == old ? endpoint with { Host = host } : endpoint)] };
    }

    /// <summary>Whether the configuration, or the server, names an address itself: then the endpoints there are not the node's to move.</summary>
    public static bool Names(GossipServiceOptions options, IEnumerable<string> listening, PeerAddress address)
    {
        var host = address.ToIPAddress().ToString();
        var texts = options.Endpoints.Count > 0 ? options.Endpoints : listening;
        return options.Host == host || texts.Any(text => EndpointText.TryParse(text, out var one) && one.Address.Host == host);
    }

    /// <summary>Takes over what has changed between two readings of the configuration, and leaves alone what was changed otherwise.</summary>
    public static ServiceRecord Apply(ServiceRecord record, GossipServiceOptions before, GossipServiceOptions after, Application application) => record with
    {
        Version = Newer(before.Version, after.Version, record.Version),
        Weight = before.Weight == after.Weight ? record.Weight : after.Weight,
        Zone = Newer(before.Zone, after.Zone, record.Zone),
        Region = Newer(before.Region, after.Region, record.Region),
        Environment = Newer(before.Environment ?? application.Environment, after.Environment ?? application.Environment, record.Environment),
        Tags = Newer(before.Tags, after.Tags, record.Tags),
        DependsOn = Newer(before.DependsOn, after.DependsOn, record.DependsOn),
        AuthorizedRoles = Newer(before.AuthorizedRoles, after.AuthorizedRoles, record.AuthorizedRoles),
        Metadata = Newer(before.Metadata, after.Metadata, record.Metadata),
    };

    private static string Newer(string before, string after, string now) => before == after ? now : after;

    private static IReadOnlyList<string> Newer(List<string> before, List<string> after, IReadOnlyList<string> now) =>
        before.SequenceEqual(after) ? now : [.. after];

    /// <summary>Pair by pair: the application may have added some of its own.</summary>
    private static IReadOnlyList<KeyValuePair<string, string>> Newer(
        Dictionary<string, string> before, Dictionary<string, string> after, IReadOnlyList<KeyValuePair<string, string>> now)
    {
        var changed = after.Where(pair => before.GetValueOrDefault(pair.Key) != pair.Value).ToList();
        var touched = changed.Select(pair => pair.Key).Concat(before.Keys.Except(after.Keys)).ToHashSet();
        return touched.Count == 0 ? now : [.. now.Where(pair => !touched.Contains(pair.Key)), .. changed];
    }

    private static List<ServiceEndpoint> Endpoints(IEnumerable<string> texts, string host, NodeIdentity node, ILogger logger)
    {
        List<EndpointText> all = [];
        foreach (var text in texts)
        {
            // What is no address of a network (a Unix socket, a named pipe) is of no use to others.
            if (EndpointText.TryParse(text, out var one) && all.Count < Limits.Endpoints)
                all.Add(one);
        }

        List<ServiceEndpoint> endpoints = [];
        HashSet<string> names = new(all.Select(one => one.Name), StringComparer.OrdinalIgnoreCase);
        foreach (var (name, address, protocol) in all)
        {
            if (address.IsLoopback && !node.Advertised.IsLoopback)
                OnlyLocal(logger, address, node.Advertised.ToIPAddress());
            var reached = Reached(address, host, node);
            var isKnown = endpoints.Exists(one => one.Scheme == address.Scheme && one.Host == reached && one.Port == address.Port);
            if (name.Length > 0 || !isKnown)
                endpoints.Add(new ServiceEndpoint(name.Length > 0 ? name : NameOf(address, names), address.Scheme, reached, address.Port) { Protocol = protocol });
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
    private static string NameOf(EndpointAddress address, HashSet<string> names) =>
        names.Add(address.Scheme) ? address.Scheme : $"{address.Scheme}-{address.Port}";

    [LoggerMessage(50, LogLevel.Warning,
        "The server listens at {Address}, which only this machine reaches, but the node is advertised at {Advertised}: calls from other machines "
        + "will be refused. Let the server listen at all addresses, as with ASPNETCORE_URLS=http://0.0.0.0:5000, or set Gossip:Service:Endpoints")]
    private static partial void OnlyLocal(ILogger logger, EndpointAddress address, IPAddress advertised);
}
