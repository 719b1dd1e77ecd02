using System.Collections.Immutable;
using Gossip.Cli.Protocols.Consul.Model;
using Gossip.Cli.Protocols.Consul.Serving;

namespace Gossip.Cli.Protocols.Consul.Catalogs;

/// <summary>A service of this agent's clients, with its checks as the catalog shows them: an output alone changes nothing there.</summary>
/// <param name="Service">The service.</param>
/// <param name="Node">The external node that it is on; null for the agent's own.</param>
/// <param name="Checks">Its checks.</param>
internal sealed record ClientRow(RegisteredService Service, ExternalNode? Node, ImmutableArray<CheckBody> Checks);

/// <summary>The indexes of one service.</summary>
/// <param name="Catalog">When its instances changed last, or what is said of one.</param>
/// <param name="Health">When they did, or a state among them.</param>
/// <param name="IsThere">Whether it has an instance; what had one is remembered, so that its index does not fall.</param>
internal readonly record struct ServiceIndexes(long Catalog, long Health, bool IsThere);

/// <summary>
/// What Consul's readers see at one moment: the instances of the whole cluster, of which those of this agent's clients are as their clients
/// say, and the indexes.
/// </summary>
internal sealed class CatalogView
{
    private IReadOnlyDictionary<string, CatalogNode>? _members;

    public required ServiceSnapshot Snapshot { get; init; }

    public required RegistryState State { get; init; }

    /// <summary>Ids of records of this agent's clients that are being taken back.</summary>
    public required ImmutableHashSet<string> Leaving { get; init; }

    /// <summary>The agent's own node, with its checks.</summary>
    public required CatalogNode Own { get; init; }

    /// <summary>The id of the agent's member.</summary>
    public required string OwnId { get; init; }

    /// <summary>Services of this agent's clients, by name.</summary>
    public required ImmutableDictionary<string, ImmutableArray<ClientRow>> Clients { get; init; }

    public required ImmutableDictionary<string, ServiceIndexes> Indexes { get; init; }

    /// <summary>When something of a node, or of an instance on it, changed last; by its name.</summary>
    public required ImmutableDictionary<string, long> NodeIndexes { get; init; }

    /// <summary>The index of what was never there, or is forgotten.</summary>
    public required long Floor { get; init; }

    public required long ServicesIndex { get; init; }

    public required long NodesIndex { get; init; }

    public required long StateIndex { get; init; }

    /// <summary>The names of all services that have an instance.</summary>
    public IEnumerable<string> Services => Indexes.Where(one => one.Value.IsThere).Select(one => one.Key);

    /// <summary>All nodes, sorted by name: one of a name, and of two members with one name the one that lives.</summary>
    public IReadOnlyList<CatalogNode> Nodes =>
    [
        .. Snapshot.Members.Where(member => member.State != MemberState.Left).OrderBy(member => member.State)
            .Select(NodeOf).Concat(State.Nodes.Values.Select(CatalogNode.Of))
            .DistinctBy(node => node.Name, StringComparer.OrdinalIgnoreCase).OrderBy(node => node.Name, StringComparer.OrdinalIgnoreCase),
    ];

    public CatalogNode? FindNode(string name) =>
        Nodes.FirstOrDefault(node => string.Equals(node.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The index of a service's list, or of its health.</summary>
    public long IndexOf(string service, bool ofHealth) =>
        Indexes.TryGetValue(service, out var known) ? ofHealth ? known.Health : known.Catalog : Floor;

    public long IndexOfNode(string node) => NodeIndexes.GetValueOrDefault(node, NodesIndex);

    /// <summary>All instances of a service.</summary>
    public IEnumerable<CatalogRow> RowsOf(string service) => ItemsOf(service).Select(RowOf);

    /// <summary>The instances of a service as objects that stay the same while the instance does.</summary>
    public IEnumerable<object> ItemsOf(string service)
    {
        if (Clients.TryGetValue(service, out var clients))
        {
            foreach (var row in clients)
                yield return row;
        }

        foreach (var instance in Snapshot.GetAllInstances(service))
        {
            if (!IsOfClient(instance))
                yield return instance;
        }
    }

    /// <summary>The name of the service of an item.</summary>
    public static string NameOf(object item) => item is ClientRow client ? client.Service.Service.Name : ((ServiceInstance)item).Service;

    public static IReadOnlyList<string> TagsOf(object item) =>
        item is ClientRow client ? client.Service.Service.Tags : ((ServiceInstance)item).Tags;

    public CatalogRow RowOf(object item) => item switch
    {
        ClientRow client => new(client.Node is null ? Own : CatalogNode.Of(client.Node), client.Service.Service, client.Checks),
        _ => CatalogRow.Of((ServiceInstance)item, NodeOf((ServiceInstance)item)),
    };

    /// <summary>All instances on a node.</summary>
    public IEnumerable<CatalogRow> RowsOn(string node) =>
        from service in Services
        from item in ItemsOf(service)
        where string.Equals(NameOfNode(item), node, StringComparison.OrdinalIgnoreCase)
        select RowOf(item);

    /// <summary>Whether an instance of the cluster is one that a client of this agent has registered, and is shown as that.</summary>
    public bool IsOfClient(ServiceInstance instance) => instance.NodeId == OwnId
        && (State.Services.ContainsKey(instance.InstanceId) || Leaving.Contains(instance.InstanceId));

    private string NameOfNode(object item) => item switch
    {
        ClientRow client => client.Service.Node ?? Own.Name,
        _ => ((ServiceInstance)item).NodeName ?? Own.Name,
    };

    private CatalogNode NodeOf(MemberSnapshot member) => member.IsSelf ? Own : CatalogNode.Of(member, []);

    private CatalogNode NodeOf(ServiceInstance instance)
    {
        if (instance.NodeId is not { } id || id == OwnId)
            return Own;
        var members = Volatile.Read(ref _members);
        if (members is null)
            Volatile.Write(ref _members, members = Snapshot.Members.ToDictionary(member => member.Id, NodeOf));
        return members.GetValueOrDefault(id)
            ?? CatalogNode.Of(MemberSnapshot.Create(instance.NodeName ?? id, new(System.Net.IPAddress.Loopback, 0), MemberState.Dead), []);
    }
}
