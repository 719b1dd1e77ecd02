using System.Collections.Immutable;
using System.Net;
using Gossip.Cli.Protocols.Consul.Model;
using Gossip.Cli.Protocols.Consul.Serving;

namespace Gossip.Cli.Protocols.Consul.Catalogs;

/// <summary>A node of the catalog: a member, or one that only the catalog was told of.</summary>
/// <param name="ID">A UUID, made of the member's id; empty where nobody gave one.</param>
/// <param name="Name">Its name.</param>
/// <param name="Address">Where it is.</param>
/// <param name="TaggedAddresses">Its addresses by purpose.</param>
/// <param name="Meta">What else is said of it.</param>
/// <param name="Zone">The zone that it runs in.</param>
/// <param name="IsOwn">Whether it is the agent's own.</param>
/// <param name="Checks">Checks of the node, without the indexes.</param>
internal sealed record CatalogNode(
    string ID, string Name, string Address, IReadOnlyDictionary<string, string>? TaggedAddresses,
    IReadOnlyDictionary<string, string>? Meta, string? Zone, bool IsOwn, ImmutableArray<CheckBody> Checks)
{
    private const string SerfHealth = "serfHealth";

    /// <summary>A member as a node.</summary>
    /// <param name="member">The member.</param>
    /// <param name="more">Further checks of it, where it is the agent's own.</param>
    public static CatalogNode Of(MemberSnapshot member, ImmutableArray<CheckBody> more)
    {
        var address = member.Address.Address.ToString();
        var family = member.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "ipv4" : "ipv6";
        var isThere = member.State <= MemberState.Suspect && !member.IsOutOfReach;
        var serf = new CheckBody(
            member.Name, SerfHealth, "Serf Health Status", isThere ? CheckWords.Passing : CheckWords.Critical, "",
            isThere ? "Agent alive and reachable" : "Agent not live or unreachable", "", "", [], "", EmptyBody.Instance, 0, 0);
        // Consul has a segment in each node's metadata, and clients may look for it.
        var meta = new Dictionary<string, string> { ["consul-network-segment"] = "" };
        if (member.Zone is { } zone)
            meta["zone"] = zone;
        return new(
            UuidOf(member.Id),
            member.Name,
            address,
            new Dictionary<string, string>
            {
                ["lan"] = address, [$"lan_{family}"] = address, ["wan"] = address, [$"wan_{family}"] = address,
            },
            meta,
            member.Zone,
            member.IsSelf,
            [serf, .. more]);
    }

    /// <summary>A node that the catalog was told of.</summary>
    public static CatalogNode Of(ExternalNode node) => new(
        node.ID, node.Node, node.Address, node.TaggedAddresses, node.Meta, null, false,
        [.. node.Checks.Select(check => new CheckBody(
            node.Node, check.CheckID, check.Name, check.Status.Length > 0 ? check.Status : CheckWords.Critical, check.Notes, check.Output,
            "", "", [], CheckWords.Of(check.Type), EmptyBody.Instance, 0, 0))]);

    /// <summary>A member's id of 16 digits, in the form of a UUID.</summary>
    public static string UuidOf(string id) =>
        id.Length == 16 ? $"{id[..8]}-{id[8..12]}-{id[12..16]}-0000-000000000000" : Guid.Empty.ToString("D");

    public NodeBody ToBody(string datacenter, long index) =>
        new(ID, Name, Address, datacenter, TaggedAddresses, Meta, index, index);
}

/// <summary>One instance of a service on its node, with the checks of it as they are in the catalog.</summary>
/// <param name="Node">Its node.</param>
/// <param name="Service">What is said of it.</param>
/// <param name="Checks">Its checks.</param>
internal sealed record CatalogRow(CatalogNode Node, ServiceRegistration Service, ImmutableArray<CheckBody> Checks)
{
    /// <summary>The row of an instance that a member has told of: what a record holds of it, and one check for its state.</summary>
    public static CatalogRow Of(ServiceInstance instance, CatalogNode node)
    {
        var endpoint = instance.Endpoints.Count > 0 ? instance.Endpoints[0] : null;
        var meta = new Dictionary<string, string>(instance.Metadata, StringComparer.Ordinal);
        if (instance.Version is { } version)
            meta.TryAdd("version", version);
        if (endpoint is not null && endpoint.Scheme != "http")
            meta.TryAdd("scheme", endpoint.Scheme);
        var (host, port) = (endpoint?.Host ?? "", endpoint?.Port ?? 0);
        var service = new ServiceRegistration
        {
            ID = instance.InstanceId,
            Name = instance.Service,
            Tags = instance.Tags,
            Address = host,
            TaggedAddresses = IPAddress.TryParse(host, out var address) ? PlacesOf(address, host, port) : null,
            Meta = meta.Count > 0 ? meta : null,
            Port = port,
            Weights = new(Math.Max(1, (instance.Weight + (DefinitionTemplate.WeightOfOne / 2)) / DefinitionTemplate.WeightOfOne), 1),
        };
        var state = instance.IsOutOfReach ? ServiceState.Unhealthy : instance.State;
        return new(node, service, [new CheckBody(
            node.Name, $"service:{service.ID}", $"Service '{service.Name}' check", CheckWords.Of(state), "", instance.Reason ?? "",
            service.ID, service.Name, service.Tags, "gossip", EmptyBody.Instance, 0, 0)]);
    }

    /// <summary>Checks of the node and of the instance, with an index.</summary>
    public IReadOnlyList<CheckBody> AllChecks(long index) =>
        [.. Node.Checks.Concat(Checks).Select(check => check with { CreateIndex = index, ModifyIndex = index })];

    /// <summary>How well it is, its node included.</summary>
    public string Status => CheckWords.Worst(Node.Checks.Concat(Checks).Select(check => check.Status));

    public NodeServiceBody ToService(long index) => new(
        Service.ID, Service.Name, Service.Tags, Service.Address, Service.TaggedAddresses,
        Service.Meta is { Count: > 0 } ? Service.Meta : null, Service.Port, Service.Weights, Service.EnableTagOverride,
        ProxyBody.Instance, EmptyBody.Instance, index, index);

    public CatalogServiceBody ToListed(string datacenter, long index) => new(
        Node.ID, Node.Name, Node.Address, datacenter, Node.TaggedAddresses, Node.Meta, "", Service.ID, Service.Name, Service.Tags,
        Service.Address, Service.TaggedAddresses, Service.Weights, Service.Meta ?? new Dictionary<string, string>(), Service.Port,
        Service.EnableTagOverride, ProxyBody.Instance, EmptyBody.Instance, index, index);

    public HealthServiceBody ToHealth(string datacenter, long index) =>
        new(Node.ToBody(datacenter, index), ToService(index), AllChecks(index));

    private static Dictionary<string, ServicePlace> PlacesOf(IPAddress address, string host, int port)
    {
        var family = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "ipv4" : "ipv6";
        return new() { [$"lan_{family}"] = new(host, port), [$"wan_{family}"] = new(host, port) };
    }
}
