using System.Net;
using System.Security.Cryptography;
using Gossip.Protocol;
using Microsoft.Extensions.Options;

namespace Gossip.Configuration;

/// <summary>
/// Checks all options before anything starts. Every failure names the key, the value and the remedy; all of them are told at once.
/// </summary>
/// <param name="name">The name of the options to check; those of other names are passed over.</param>
/// <param name="path">Where the section stands in the configuration, when that is not the usual place.</param>
internal sealed class OptionsValidator(string name = "", string? path = null) : IValidateOptions<GossipOptions>
{
    private const string Section = GossipOptions.SectionName + ":";

    /// <summary>Good options, of which one value at a time is replaced and checked by the protocol's own rules.</summary>
    private static readonly NodeOptions Good = new()
    {
        Id = new MemberId(1),
        SecureRandom = RandomNumberGenerator.Fill,
        Incarnation = new Incarnation(1),
        Name = "node",
        Address = PeerAddress.From(IPAddress.Loopback, GossipOptions.DefaultPort),
    };

    private static readonly ServiceRecord GoodService = new() { InstanceId = "instance", Service = "service" };

    public ValidateOptionsResult Validate(string? named, GossipOptions options)
    {
        if ((named ?? "") != name)
            return ValidateOptionsResult.Skip;
        var failures = Failures(options);
        if (path is not null and not GossipOptions.SectionName)
            failures = [.. failures.Select(failure => failure.Replace(Section, path + ":", StringComparison.Ordinal))];
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static List<string> Failures(GossipOptions options)
    {
        List<string> failures = [.. options.Problems, .. Missing(options)];
        if (failures.Count > options.Problems.Count)
            return failures;
        CheckNode(options, failures);
        CheckAddresses(options, failures);
        CheckMdns(options, failures);
        CheckSeeds(options, failures);
        CheckService(options.Service, failures);
        CheckTimes(options, failures);
        CheckProtocol(options.Protocol, failures);
        failures.AddRange(BalancingRules.Problems(options));
        return failures;
    }

    /// <summary>What code has set to null, though it cannot be. The other checks would stumble over it.</summary>
    private static IEnumerable<string> Missing(GossipOptions options)
    {
        (string Key, object? Value)[] all =
        [
            ("Cluster", options.Cluster), .. Parts("Keys", options.Keys), ("Seeds", options.Seeds), ("Mdns", options.Mdns),
            ("Service", options.Service),
            ("Protocol", options.Protocol),
            ("Health", options.Health), ("Drain", options.Drain), ("Balancing", options.Balancing),
            ("Balancing:Policy", options.Balancing is { } balancing ? balancing.Policy : ""),
            ("Balancing:Policies", options.Balancing is { } policies ? policies.Policies : ""),
            .. Parts("Service:Tags", options.Service is { } two ? two.Tags : []),
            .. Parts("Service:Endpoints", options.Service is { } three ? three.Endpoints : []),
            .. options.Service is not { } four ? [] : four.Metadata is { } pairs
                ? pairs.Select(pair => ($"Service:Metadata:{pair.Key}", (object?)pair.Value)) : [("Service:Metadata", null)],
            .. Parts("Service:DependsOn", options.Service is { } seven ? seven.DependsOn : []),
            .. Parts("Service:AuthorizedRoles", options.Service is { } eight ? eight.AuthorizedRoles : []),
            .. Parts("Seeds", options.Seeds ?? []),
            .. Parts("Mdns:Interfaces", options.Mdns is { } mdns ? mdns.Interfaces : []),
        ];
        return from setting in all where setting.Value is null
            select $"{Section}{setting.Key} is null; leave it out, or set it to a value.";
    }

    private static IEnumerable<(string Key, object? Value)> Parts(string key, IEnumerable<string?>? values) =>
        values is null ? [(key, null)] : values.Select((value, i) => ($"{key}:{i}", (object?)value));

    private static void CheckNode(GossipOptions options, List<string> failures)
    {
        Check(Section, Good with { Cluster = options.Cluster }, failures);
        Check(Section, Good with { Zone = options.Zone ?? "" }, failures);
        if (options.NodeName is not null)
            Check(Section + "Node", Good with { Name = options.NodeName }, failures);
        if (options.AddressBook is { } book && (book.Length == 0 || book.AsSpan().IndexOfAny(Path.GetInvalidPathChars()) >= 0))
            failures.Add($"{Section}AddressBook is '{book}'; it must be the path of a file, or 'none'.");
        CheckKeys(options, failures);
    }

    private static void CheckKeys(GossipOptions options, List<string> failures)
    {
        var found = failures.Count;
        if (options.Key is not null && ClusterKey.Problem(options.Key) is { } problem)
            failures.Add(problem);
        for (var i = 0; i < options.Keys.Count; i++)
        {
            if (ClusterKey.Problem(options.Keys[i], $"Keys:{i}") is { } wrong)
                failures.Add(wrong);
        }

        if (failures.Count == found && ClusterKey.RingOf(options).Count is var count && count > Limits.Keys)
            failures.Add($"{Section}Keys has {count} keys; it must have at most {Limits.Keys}. Remove those that no node uses any more.");
    }

    private static void CheckAddresses(GossipOptions options, List<string> failures)
    {
        if (options.Port is < 0 or > ushort.MaxValue)
            failures.Add($"{Section}Port is '{options.Port}'; it must be 1 to 65535, or 0 for any free port. "
                + $"Leave it out for {GossipOptions.DefaultPort} to {WellKnownPorts.Last}, or any free port when those are taken.");
        if (options.BindAddress is { } text && !(IPAddress.TryParse(text, out var bind) && (IsAny(bind) || IsOneHost(bind))))
            failures.Add($"{Section}BindAddress is '{options.BindAddress}'; it must be an IP address of this machine, 0.0.0.0 or ::.");
        if (options.AdvertiseAddress is { } told && !(IPEndPoint.TryParse(told, out var advertised) && IsOneHost(advertised.Address)))
            failures.Add($"{Section}AdvertiseAddress is '{options.AdvertiseAddress}'; "
                + "it must be an IP address at which the others reach this node, such as 10.1.2.3 or 10.1.2.3:7390.");
        if (!ClusterKey.IsSet(options) && !options.AllowInsecure && !IPAddress.IsLoopback(BindAddress.Of(options)))
            failures.Add($"{Section}BindAddress is '{options.BindAddress}', which others can reach, "
                + $"and there is no {Section}Key. {ClusterKey.Recipe} "
                + $"Or leave {Section}BindAddress out to stay on this machine, or set {Section}AllowInsecure to true to let anybody in.");
    }

    private static void CheckMdns(GossipOptions options, List<string> failures)
    {
        if (options.UseMdns == true && IPAddress.IsLoopback(BindAddress.Of(options)))
            failures.Add($"{Section}UseMdns is 'true', and the node listens on this machine only, where there is nobody to announce it to. "
                + $"Set a {Section}Key, so that it listens on the network, or leave {Section}UseMdns out.");
        for (var i = 0; i < options.Mdns.Interfaces.Count; i++)
        {
            if (MdnsPatterns.Problem(options.Mdns.Interfaces[i]) is { } problem)
                failures.Add($"{MdnsPatterns.Key}:{i} is '{options.Mdns.Interfaces[i]}'; {problem}.");
        }
    }

    private static void CheckSeeds(GossipOptions options, List<string> failures)
    {
        var staysHere = IPAddress.IsLoopback(BindAddress.Of(options));
        for (var i = 0; i < options.Seeds.Count; i++)
        {
            var text = options.Seeds[i];
            if (!SeedAddress.TryParse(text, options.WellKnownPort, out var seed))
                failures.Add($"{Section}Seeds:{i} is '{text}'; it must be 'host:port', or 'host' for port {GossipOptions.DefaultPort}.");
            else if (seed.Address is not null && !IsOneHost(seed.Address))
                failures.Add($"{Section}Seeds:{i} is '{text}', which is no address of one machine; "
                    + "it must be that of another node, such as "
                    + $"10.1.2.3:{GossipOptions.DefaultPort}, or a name.");
            else if (staysHere && seed.IsBeyondLoopback)
                failures.Add($"{Section}Seeds:{i} is '{text}', but this node listens on this machine only, because "
                    + (options.BindAddress is null
                        ? $"there is no {Section}Key. {ClusterKey.Recipe}"
                        : $"{Section}BindAddress is '{options.BindAddress}'. Set it to 0.0.0.0."));
        }
    }

    private static void CheckService(GossipServiceOptions service, List<string> failures)
    {
        if (service.Name is not null)
            Check("Service is", "Name is", GoodService with { Service = service.Name }, failures);
        Check("", "", GoodService with { Version = service.Version }, failures);
        Check("", "", GoodService with { Weight = service.Weight }, failures);
        Check("", "", GoodService with { Tags = service.Tags }, failures);
        Check("", "", GoodService with { Metadata = service.Metadata }, failures);
        Check("", "", GoodService with { Zone = service.Zone }, failures);
        Check("", "", GoodService with { Region = service.Region }, failures);
        Check("", "", GoodService with { Environment = service.Environment }, failures);
        Check("", "", GoodService with { DependsOn = service.DependsOn }, failures);
        Check("", "", GoodService with { AuthorizedRoles = service.AuthorizedRoles }, failures);
        if (service.Host is not null && Uri.CheckHostName(service.Host) == UriHostNameType.Unknown)
            failures.Add($"{Section}Service:Host is '{service.Host}'; it must be a host name or an IP address.");
        CheckEndpoints(service.Endpoints, failures);
    }

    private static void CheckEndpoints(List<string> endpoints, List<string> failures)
    {
        if (endpoints.Count > Limits.Endpoints)
            failures.Add($"{Section}Service:Endpoints has {endpoints.Count} entries; it must have at most {Limits.Endpoints}.");
        Dictionary<string, string> names = new(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < endpoints.Count; i++)
        {
            if (!EndpointText.TryParse(endpoints[i], out var endpoint))
                failures.Add($"{Section}Service:Endpoints:{i} is '{endpoints[i]}'; {EndpointText.MustBe}.");
            else if (endpoint.Name.Length > 0 && !names.TryAdd(endpoint.Name, endpoints[i]))
                failures.Add($"{Section}Service:Endpoints:{i} is '{endpoints[i]}', and '{names[endpoint.Name]}' has that name too. "
                    + "Give each a name of its own.");
        }
    }

    private static void CheckTimes(GossipOptions options, List<string> failures)
    {
        var (health, drain) = (options.Health, options.Drain);
        TimeSpan zero = TimeSpan.Zero, hour = TimeSpan.FromHours(1), minutes = TimeSpan.FromMinutes(10);
        (string Key, TimeSpan? Value, TimeSpan Least, TimeSpan Most)[] all =
        [
            ("Health:Period", health.Period, TimeSpan.FromMilliseconds(100), hour),
            ("Drain:QuietPeriod", drain.QuietPeriod, zero, minutes),
        ];
        (string Key, TimeSpan? Value, TimeSpan Least)[] timeouts =
        [
            ("SyncTimeout", options.SyncTimeout, zero),
            ("DependenciesTimeout", options.DependenciesTimeout, zero),
            ("Health:Timeout", health.Timeout, TimeSpan.FromMilliseconds(10)),
            ("Drain:ProofTimeout", drain.ProofTimeout, zero),
            ("Drain:RequestTimeout", drain.RequestTimeout, zero),
        ];
        failures.AddRange(
            from time in all
            where time.Value < time.Least || time.Value > time.Most
            select $"{Section}{time.Key} is '{time.Value}'; it must be {time.Least} to {time.Most}.");
        failures.AddRange(
            from timeout in timeouts
            where timeout.Value is { } span && Timeouts.SpanOf(span) < timeout.Least
            select $"{Section}{timeout.Key} is '{timeout.Value}'; it must be {timeout.Least} or longer, "
                + $"or {Timeout.InfiniteTimeSpan} for no end.");
        foreach (var (key, count) in
            new[] { ("UnhealthyThreshold", health.UnhealthyThreshold), ("HealthyThreshold", health.HealthyThreshold) })
        {
            if (count is < 1 or > 100)
                failures.Add($"{Section}Health:{key} is '{count}'; it must be 1 to 100.");
        }
    }

    private static void CheckProtocol(GossipProtocolOptions protocol, List<string> failures)
    {
        if (protocol.Preset is { } name && Preset.Find(name) is null)
            failures.Add($"{Section}Protocol:Preset is '{name}'; it must be {string.Join(", ", Preset.All)}: "
                + "how long a process may stop and not be held dead.");
        foreach (var part in protocol.Parts())
            Check(Section + "Protocol:", part.ApplyTo(Good), failures);
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>
    /// Whether an address is one host's: neither "any" nor multicast nor broadcast, as the protocol has it, nor of 0.0.0.0/8 (RFC 1122
    /// §3.2.1.3), which the framework makes of a bare number such as a port.
    /// </summary>
    private static bool IsOneHost(IPAddress address)
    {
        var peer = PeerAddress.From(address, GossipOptions.DefaultPort);
        return !(peer.IsIPv4 && peer.ToIPAddress().GetAddressBytes()[0] == 0) && Problem(Good with { Address = peer }) is null;
    }

    private static void Check(string prefix, NodeOptions options, List<string> failures)
    {
        if (Problem(options) is { } problem)
            failures.Add(prefix + problem);
    }

    private static string? Problem(NodeOptions options)
    {
        try
        {
            options.Validate();
            return null;
        }
        catch (ArgumentException error)
        {
            return Plain(error);
        }
    }

    private static void Check(string protocolWord, string ourWord, ServiceRecord record, List<string> failures)
    {
        try
        {
            record.Validate();
        }
        catch (ArgumentException error)
        {
            var problem = Plain(error);
            failures.Add($"{Section}Service:{ourWord}{problem[protocolWord.Length..]}");
        }
    }

    /// <summary>The message without the "(Parameter '...')" that the framework adds.</summary>
    private static string Plain(ArgumentException error)
    {
        var end = error.Message.IndexOf(" (Parameter '", StringComparison.Ordinal);
        return end < 0 ? error.Message : error.Message[..end];
    }
}
