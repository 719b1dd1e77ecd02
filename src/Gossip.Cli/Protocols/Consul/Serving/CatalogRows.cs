using Gossip.Cli.Protocols.Consul.Catalogs;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary>Chooses rows of the catalog by what a caller asks for.</summary>
internal static class CatalogRows
{
    /// <summary>Rows with all of the caller's tags, in any case, on nodes with all of its metadata; the near ones first.</summary>
    public static IEnumerable<CatalogRow> Chosen(ConsulCall call, CatalogView view, IEnumerable<CatalogRow> rows)
    {
        var tags = call.Parameters("tag");
        var chosen = rows.Where(row => HasMeta(call, row.Node)
            && tags.All(tag => tag.Length > 0 && row.Service.Tags.Contains(tag, StringComparer.OrdinalIgnoreCase)));
        return Near(call, view, chosen, row => row.Node);
    }

    /// <summary>Whether a node has what the caller asks for as <c>key:value</c>.</summary>
    public static bool HasMeta(ConsulCall call, CatalogNode node)
    {
        foreach (var pair in call.Parameters("node-meta"))
        {
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            var (key, value) = colon < 0 ? (pair, "") : (pair[..colon], pair[(colon + 1)..]);
            if (node.Meta?.GetValueOrDefault(key) != value)
                return false;
        }

        return true;
    }

    /// <summary>Where the caller asks for what is near a node, that node comes first, then its zone.</summary>
    public static IEnumerable<T> Near<T>(ConsulCall call, CatalogView view, IEnumerable<T> all, Func<T, CatalogNode> nodeOf)
    {
        if (call.Parameter("near") is not { Length: > 0 } near)
            return all;
        var center = near == "_agent"
            ? view.Own
            : view.Nodes.FirstOrDefault(node => string.Equals(node.Name, near, StringComparison.OrdinalIgnoreCase));
        return center is null
            ? all
            : all.OrderBy(one => Distance(nodeOf(one), center));
    }

    private static int Distance(CatalogNode node, CatalogNode center) =>
        node.Name == center.Name ? 0 : node.Zone is not null && node.Zone == center.Zone ? 1 : 2;
}
