using System.Net;
using System.Text.RegularExpressions;
using Gossip.Protocol;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>A registration as it was sent: its checks have yet to be given to it.</summary>
/// <param name="Service">The service.</param>
/// <param name="Checks">Its checks.</param>
internal sealed record SentRegistration(ServiceRegistration Service, IReadOnlyList<CheckRegistration> Checks);

/// <summary>Reads what <c>agent/service/register</c> is sent, and refuses what Consul refuses, in its order.</summary>
internal static partial class ServiceReader
{
    private const int MostPairs = 64;
    private const int KeyLength = 128;
    private const int ValueLength = 512;

    /// <summary>Checks of one service: each runs by itself.</summary>
    private const int MostChecks = 32;

    public static SentRegistration? Read(ReadOnlySpan<byte> utf8, out ConsulRefusal? refusal)
    {
        if (ConsulBody.Parse(utf8, out refusal) is not { } body)
            return null;
        var name = body.Text("Name");
        var id = body.Text("ID");
        var service = ReadService(body, id.Length > 0 ? id : name, name);
        var given = body.Object("Check") is { } one && !one.IsEmpty ? [one] : Array.Empty<ConsulBody>();
        given = [.. given, .. body.List("Checks") ?? []];
        var checks = CheckReader.ReadOf(service, given.Length > MostChecks ? given[..MostChecks] : given, out var ofChecks);
        var isConnected = RefusesConnect(body);
        body.Ignore("Token");
        body.End();
        refusal = body.Problem
            ?? (name.Length == 0 ? new ConsulRefusal(400, "Missing service name") : null)
            ?? ProblemOfAddress(service.Address)
            ?? ProblemOfMeta("Service Meta", service.Meta)
            ?? ofChecks
            ?? ProblemOfWeights(body, service.Weights)
            ?? (given.Length > MostChecks
                ? new ConsulRefusal(400, $"The service has {given.Length} checks; give it at most {MostChecks}.")
                : null)
            ?? (isConnected ? new ConsulRefusal(501, "Connect is not supported: leave Kind, Proxy and Connect out.") : null);
        return refusal is null ? new(service, checks) : null;
    }

    /// <summary>The fields that a service has in agent/service/register as in catalog/register.</summary>
    public static ServiceRegistration ReadService(ConsulBody body, string id, string name)
    {
        var address = body.Text("Address");
        var port = body.Whole("Port");
        var weights = body.Object("Weights");
        var places = ReadPlaces(body, "TaggedAddresses", "tagged_addresses");
        var service = new ServiceRegistration
        {
            ID = id,
            Name = name,
            Tags = body.Texts("Tags") ?? [],
            Address = address,
            TaggedAddresses = WithOwn(places, address, port),
            Meta = body.Pairs("Meta"),
            Port = port,
            Weights = weights is null ? ServiceWeights.Default : new(weights.Whole("Passing"), weights.Whole("Warning")),
            EnableTagOverride = body.Flag("EnableTagOverride", "enable_tag_override"),
        };
        weights?.End();
        return service;
    }

    /// <summary>Kind, Proxy and Connect, which belong to a mesh that Gossip does not have.</summary>
    public static bool RefusesConnect(ConsulBody body) => body.HasMore("Kind") | body.HasMore("Proxy") | body.HasMore("Connect");

    public static ConsulRefusal? ProblemOfAddress(string address) =>
        IPAddress.TryParse(address, out var parsed) && (parsed.Equals(IPAddress.Any) || parsed.Equals(IPAddress.IPv6Any))
            ? new ConsulRefusal(400, "Invalid service address")
            : null;

    public static ConsulRefusal? ProblemOfMeta(string what, IReadOnlyDictionary<string, string>? meta)
    {
        if (meta is null)
            return null;
        if (meta.Count > MostPairs)
            return new(400, $"Invalid {what}: Node metadata cannot contain more than {MostPairs} key/value pairs");
        foreach (var (key, value) in meta)
        {
            var problem = key switch
            {
                "" => "Key cannot be blank",
                { Length: > KeyLength } => $"Key is too long (limit: {KeyLength} characters)",
                _ when !MetaKey().IsMatch(key) => "Key contains invalid characters",
                _ when key.StartsWith("consul-", StringComparison.Ordinal) => "Key prefix 'consul-' is reserved for internal use",
                _ when value.Length > ValueLength => $"Value is too long (limit: {ValueLength} characters)",
                _ => null,
            };
            if (problem is not null)
                return new(400, $"Invalid {what}: Couldn't load metadata pair ('{Limits.Show(key)}', …): {problem}");
        }

        return null;
    }

    private static ConsulRefusal? ProblemOfWeights(ConsulBody body, ServiceWeights weights)
    {
        if (body.Object("Weights") is null)
            return null;
        if (weights.Passing < 1)
            return new(400, "Invalid Weights: Passing must be greater than 0");
        if (weights.Warning < 0)
            return new(400, "Invalid Weights: Warning must be greater or equal than 0");
        return weights.Passing > ushort.MaxValue || weights.Warning > ushort.MaxValue
            ? new(400, "Invalid Weights: DNS Weight must be between 0 and 65535")
            : null;
    }

    private static Dictionary<string, ServicePlace>? ReadPlaces(ConsulBody body, string key, string other)
    {
        if (body.Objects(key, other) is not { } objects)
            return null;
        var places = new Dictionary<string, ServicePlace>(StringComparer.Ordinal);
        foreach (var (name, place) in objects)
        {
            places[name] = new(place.Text("Address"), place.Whole("Port"));
            place.End();
        }

        return places;
    }

    /// <summary>A given IP address adds itself, as that of the local network and, where it was not told another, of the wide one.</summary>
    private static Dictionary<string, ServicePlace>? WithOwn(Dictionary<string, ServicePlace>? places, string address, int port)
    {
        if (!IPAddress.TryParse(address, out var parsed))
            return places;
        var family = parsed.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "ipv4" : "ipv6";
        places ??= new(StringComparer.Ordinal);
        places.TryAdd($"lan_{family}", new(address, port));
        places.TryAdd($"wan_{family}", new(address, port));
        return places;
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]+$")]
    private static partial Regex MetaKey();
}
