using System.Text.Json;
using Gossip.Cli.Protocols.Consul.Serving;

namespace Gossip.Cli.Protocols.Consul.Catalogs;

/// <summary>What is another of a service between two views: only that wakes those who wait for it.</summary>
/// <param name="OfCatalog">Whether an instance came or left, or something else is said of one.</param>
/// <param name="OfHealth">Whether that, or the state of one is another.</param>
/// <param name="Nodes">The nodes of those instances.</param>
internal sealed record CatalogDifference(bool OfCatalog, bool OfHealth, IReadOnlySet<string> Nodes)
{
    private static readonly CatalogDifference None = new(false, false, new HashSet<string>());

    /// <summary>Compares a service in two views. What is the same object is not looked at.</summary>
    public static CatalogDifference Between(CatalogView before, CatalogView after, string service)
    {
        var old = before.ItemsOf(service).ToHashSet(ReferenceEqualityComparer.Instance);
        var fresh = after.ItemsOf(service).ToHashSet(ReferenceEqualityComparer.Instance);
        var gone = old.Where(item => !fresh.Contains(item)).Select(before.RowOf).ToList();
        var come = fresh.Where(item => !old.Contains(item)).Select(after.RowOf).ToList();
        if (gone.Count == 0 && come.Count == 0)
            return None;
        var known = new Dictionary<(string, string), CatalogRow>();
        foreach (var row in gone)
            known[KeyOf(row)] = row;
        var (ofCatalog, ofHealth) = (gone.Count != come.Count, gone.Count != come.Count);
        var nodes = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var row in come)
        {
            var isKnown = known.Remove(KeyOf(row), out var other);
            var isOther = !isKnown || TextOf(row) != TextOf(other!);
            var hasOtherState = isOther || StatesOf(row) != StatesOf(other!);
            ofCatalog |= isOther;
            ofHealth |= hasOtherState;
            if (hasOtherState)
                nodes.Add(row.Node.Name);
        }

        nodes.UnionWith(known.Values.Select(row => row.Node.Name));
        return new(ofCatalog || known.Count > 0, ofHealth || known.Count > 0, nodes);
    }

    private static (string, string) KeyOf(CatalogRow row) => (row.Node.Name, row.Service.ID);

    private static string TextOf(CatalogRow row) =>
        CatalogChanges.TextOf(row.Node) + JsonSerializer.Serialize(row.ToService(0), ConsulJson.Default.NodeServiceBody);

    private static string StatesOf(CatalogRow row) => string.Join('\n', row.Checks.Concat(row.Node.Checks).Select(StateOf));

    /// <summary>All of a check but its output, which may be new each second.</summary>
    public static string StateOf(CheckBody check) => $"{check.CheckID}\r{check.Status}\r{check.Name}\r{check.Notes}";
}
