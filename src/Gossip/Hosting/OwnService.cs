using System.Net;
using Gossip.Configuration;
using Gossip.Diagnostics;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Hosting;

/// <summary>The host's name for the application.</summary>
internal readonly record struct Application(string Name, string Environment);

/// <summary>Describes the service of this process, from the configuration and from what the server listens at.</summary>
internal static class OwnService
{
    private const string Sample = "node";

    /// <summary>No address takes more bytes.</summary>
    private static readonly PeerAddress Longest =
        PeerAddress.From(IPAddress.Parse("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), GossipOptions.DefaultPort);

    private static readonly NodeIdentity SampleNode = new(new MemberId(1), Sample, "", Longest, Longest, "");

    /// <summary>Null when there is nothing to register: the process only observes.</summary>
    public static ServiceRecord? Describe(
        GossipServiceOptions options, NodeIdentity node, Application application, IReadOnlyCollection<string> listening, ILogger logger)
    {
        if (options.Register == false)
            return null;
        var texts = options.Endpoints.Count > 0 ? options.Endpoints : listening;
        var endpoints = OwnEndpoints.Of(texts, options.Host ?? node.Advertised.ToIPAddress().ToString(), node, logger);
        return endpoints.Count == 0 && options.Register != true ? null : Record(options, node.Name, application, endpoints);
    }

    /// <summary>
    /// What would keep the service from being registered, found before anything listens: at the end of the start it would take down a
    /// server that is in use. Null when nothing would; what the server listens at is not known yet, and not checked.
    /// </summary>
    public static string? Problem(GossipServiceOptions options, Application application)
    {
        if (options.Name is null && ProblemOf(Record(new GossipServiceOptions(), Sample, application, [])) is { } wrongName)
        {
            return $"{GossipOptions.SectionName}:Service:Name is not set, and the application's name cannot stand in for it: {wrongName} "
                + $"Set {GossipOptions.SectionName}:Service:Name, or {GossipOptions.SectionName}:Service:Register to false.";
        }

        var host = options.Host ?? Longest.ToIPAddress().ToString();
        var endpoints = OwnEndpoints.Of(options.Endpoints, host, SampleNode, NullLogger.Instance);
        return ProblemOf(Record(options, Sample, application, endpoints)) is { } wrong
            ? $"{GossipOptions.SectionName}:Service cannot be registered: {wrong}"
            : null;
    }

    private static string? ProblemOf(ServiceRecord record)
    {
        try
        {
            record.Validate();
            return null;
        }
        catch (ArgumentException error)
        {
            return error.Message;
        }
    }

    private static ServiceRecord Record(
        GossipServiceOptions options, string instance, Application application, IReadOnlyList<ServiceEndpoint> endpoints) => new()
    {
        InstanceId = instance,
        Service = options.Name ?? application.Name,
        Version = options.Version,
        Weight = options.Weight,
        Tags = [.. options.Tags],
        Metadata = new Dictionary<string, string>(options.Metadata),
        Endpoints = endpoints,
        Zone = options.Zone,
        Region = options.Region,
        Environment = options.Environment ?? RecordText.Fit(application.Environment, Limits.NameBytes),
        Host = RecordText.Fit(Environment.MachineName, Limits.HostBytes),
        DependsOn = [.. options.DependsOn],
        AuthorizedRoles = [.. options.AuthorizedRoles],
    };

    /// <summary>
    /// Moves the endpoints at a node's old address to its new one: no caller reaches anything at an address that has gone from the machine.
    /// Returns the record itself when it has none there.
    /// </summary>
    public static ServiceRecord Follow(ServiceRecord record, PeerAddress before, PeerAddress after)
    {
        var (old, host) = (before.ToIPAddress().ToString(), after.ToIPAddress().ToString());
        if (!record.Endpoints.Any(endpoint => endpoint.Host == old))
            return record;
        return record with { Endpoints = [.. record.Endpoints.Select(
            endpoint => endpoint.Host == old ? endpoint with { Host = host } : endpoint)] };
    }

    /// <summary>
    /// Whether the configuration, or the server, names an address itself: then the node does not move the endpoints there.
    /// </summary>
    public static bool Names(GossipServiceOptions options, IEnumerable<string> listening, PeerAddress address)
    {
        var host = address.ToIPAddress().ToString();
        var texts = options.Endpoints.Count > 0 ? options.Endpoints : listening;
        return options.Host == host || texts.Any(text => EndpointText.TryParse(text, out var one) && one.Address.Host == host);
    }

    /// <summary>Takes over what has changed between two readings of the configuration, and keeps what was changed otherwise.</summary>
    public static ServiceRecord Apply(
        ServiceRecord record, GossipServiceOptions before, GossipServiceOptions after, Application application) => record with
    {
        Version = Newer(before.Version, after.Version, record.Version),
        Weight = before.Weight == after.Weight ? record.Weight : after.Weight,
        Zone = Newer(before.Zone, after.Zone, record.Zone),
        Region = Newer(before.Region, after.Region, record.Region),
        Environment = Newer(
            before.Environment ?? application.Environment, after.Environment ?? application.Environment, record.Environment),
        Tags = Newer(before.Tags, after.Tags, record.Tags),
        DependsOn = Newer(before.DependsOn, after.DependsOn, record.DependsOn),
        AuthorizedRoles = Newer(before.AuthorizedRoles, after.AuthorizedRoles, record.AuthorizedRoles),
        Metadata = Newer(before.Metadata, after.Metadata, record.Metadata),
    };

    private static string? Newer(string? before, string? after, string? now) => before == after ? now : after;

    private static IReadOnlyList<string> Newer(List<string> before, List<string> after, IReadOnlyList<string> now) =>
        before.SequenceEqual(after) ? now : [.. after];

    /// <summary>Pair by pair: the application may have added some of its own.</summary>
    private static IReadOnlyDictionary<string, string> Newer(
        Dictionary<string, string> before, Dictionary<string, string> after, IReadOnlyDictionary<string, string> now)
    {
        var changed = after.Where(pair => before.GetValueOrDefault(pair.Key) != pair.Value).ToList();
        var touched = changed.Select(pair => pair.Key).Concat(before.Keys.Except(after.Keys)).ToHashSet();
        return touched.Count == 0 ? now : now.Where(pair => !touched.Contains(pair.Key)).Concat(changed).ToDictionary();
    }
}
