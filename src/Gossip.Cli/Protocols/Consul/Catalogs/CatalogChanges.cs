using System.Collections.Immutable;

namespace Gossip.Cli.Protocols.Consul.Catalogs;

/// <summary>What is another between two views, gathered: the indexes that grow, and the keys whose waiters are woken.</summary>
/// <param name="before">The view before.</param>
/// <param name="next">The view that follows, with the indexes of the one before.</param>
/// <param name="index">The index of all that has changed.</param>
internal sealed class CatalogChanges(CatalogView before, CatalogView next, long index)
{
    private readonly ImmutableDictionary<string, ServiceIndexes>.Builder _indexes = next.Indexes.ToBuilder();
    private readonly ImmutableDictionary<string, long>.Builder _nodes = next.NodeIndexes.ToBuilder();
    private long _servicesIndex = next.ServicesIndex;
    private long _nodesIndex = next.NodesIndex;
    private long _stateIndex = next.StateIndex;

    /// <summary>The keys of <see cref="Waiters"/> that have changed.</summary>
    public HashSet<string> Keys { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The key of those who wait for the list of services.</summary>
    public static string OfServices => "services";

    /// <summary>The key of those who wait for the list of nodes.</summary>
    public static string OfNodes => "nodes";

    /// <summary>The key of those who wait for any check.</summary>
    public static string OfState => "state";

    /// <summary>The key of those who wait for the list of a service's instances, or for their health.</summary>
    public static string OfService(string name, bool ofHealth) => (ofHealth ? "health/" : "service/") + name;

    /// <summary>The key of those who wait for a node.</summary>
    public static string OfNode(string name) => "node/" + name;

    public void Compare(string service)
    {
        var difference = CatalogDifference.Between(before, next, service);
        if (difference.OfCatalog || difference.OfHealth)
            Bump(service, difference.OfCatalog);
        foreach (var node in difference.Nodes)
            Bump(node);
    }

    /// <summary>Nodes that came, left, moved or are in another state; what is on the agent's own is in the state of that.</summary>
    public void CompareNodes()
    {
        var isOwnOther = !ReferenceEquals(before.Own, next.Own);
        if (!isOwnOther && ReferenceEquals(before.Snapshot.Members, next.Snapshot.Members)
            && ReferenceEquals(before.State.Nodes, next.State.Nodes))
            return;
        var old = before.Nodes.ToDictionary(node => node.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var node in next.Nodes)
        {
            var isNew = !old.Remove(node.Name, out var known) || TextOf(node) != TextOf(known!);
            if (isNew)
                _nodesIndex = Grown(OfNodes);
            if (isNew || !StatesOf(node).SequenceEqual(StatesOf(known!)))
                Bump(node.Name);
        }

        foreach (var gone in old.Keys)
        {
            _nodesIndex = Grown(OfNodes);
            _nodes.Remove(gone);
            Keys.Add(OfNode(gone));
        }

        if (isOwnOther)
        {
            foreach (var row in next.RowsOn(next.Own.Name).DistinctBy(row => row.Service.Name, StringComparer.OrdinalIgnoreCase).ToArray())
                Bump(row.Service.Name, ofCatalog: false);
        }
    }

    /// <summary>The view that follows, with its indexes.</summary>
    /// <param name="mostExtinct">So many services that have gone are remembered.</param>
    public CatalogView Apply(int mostExtinct)
    {
        var floor = next.Floor;
        var extinct = _indexes.Where(one => !one.Value.IsThere).ToArray();
        if (extinct.Length > mostExtinct)
        {
            // The oldest half goes at once, so that not each further one has the rest looked through.
            foreach (var (name, indexes) in extinct.OrderBy(one => one.Value.Health).Take(extinct.Length / 2))
            {
                _indexes.Remove(name);
                floor = Math.Max(floor, indexes.Health);
            }
        }

        return new()
        {
            Snapshot = next.Snapshot, State = next.State, Leaving = next.Leaving, Own = next.Own, OwnId = next.OwnId,
            Clients = next.Clients, Indexes = _indexes.ToImmutable(), NodeIndexes = _nodes.ToImmutable(), Floor = floor,
            ServicesIndex = _servicesIndex, NodesIndex = _nodesIndex, StateIndex = _stateIndex,
        };
    }

    private void Bump(string service, bool ofCatalog)
    {
        var known = _indexes.GetValueOrDefault(service);
        _indexes[service] = new(ofCatalog || known.Catalog == 0 ? index : known.Catalog, index, next.ItemsOf(service).Any());
        _stateIndex = Grown(OfState);
        Keys.Add(OfService(service, ofHealth: true));
        if (!ofCatalog)
            return;
        _servicesIndex = Grown(OfServices);
        Keys.Add(OfService(service, ofHealth: false));
    }

    private void Bump(string node)
    {
        _nodes[node] = index;
        _stateIndex = Grown(OfState);
        Keys.Add(OfNode(node));
    }

    private long Grown(string key)
    {
        Keys.Add(key);
        return index;
    }

    /// <summary>All that is said of a node but its checks.</summary>
    public static string TextOf(CatalogNode node) =>
        string.Join('\n', [node.ID, node.Name, node.Address, .. TextsOf(node.Meta), .. TextsOf(node.TaggedAddresses)]);

    private static IEnumerable<string> TextsOf(IReadOnlyDictionary<string, string>? pairs) =>
        pairs is null ? ["none"] : pairs.Select(pair => $"{pair.Key}={pair.Value}");

    private static IEnumerable<string> StatesOf(CatalogNode node) => node.Checks.Select(CatalogDifference.StateOf);
}
