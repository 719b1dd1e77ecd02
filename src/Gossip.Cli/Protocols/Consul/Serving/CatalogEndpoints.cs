using Gossip.Cli.Agent;
using Gossip.Cli.Protocols.Consul.Catalogs;
using Gossip.Cli.Protocols.Consul.Filters;
using Gossip.Cli.Protocols.Consul.Model;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary><c>/v1/catalog</c>: all services and nodes of the cluster, and those that have no agent.</summary>
internal sealed class CatalogEndpoints(ConsulReader reader, ConsulSource source, AgentLoop loop)
{
    public Task DatacentersAsync(ConsulCall call) =>
        call.JsonAsync<IReadOnlyList<string>>([reader.Datacenter], json => json.IReadOnlyListString);

    public async Task NodesAsync(ConsulCall call)
    {
        if (await reader.ViewAsync(call, CatalogChanges.OfNodes, view => view.NodesIndex, true).ConfigureAwait(false) is not { } view)
            return;
        var chosen = view.Nodes.Where(node => CatalogRows.HasMeta(call, node));
        IReadOnlyList<NodeBody> nodes = [.. CatalogRows.Near(call, view, chosen, node => node)
            .Select(node => node.ToBody(reader.Datacenter, view.IndexOfNode(node.Name)))];
        await ConsulReader.AnswerAsync(call, ConsulSchemas.Node, nodes, json => json.IReadOnlyListNodeBody).ConfigureAwait(false);
    }

    /// <summary>The names of all services with their tags; a filter is not looked at.</summary>
    public async Task ServicesAsync(ConsulCall call)
    {
        if (await reader.ViewAsync(call, CatalogChanges.OfServices, view => view.ServicesIndex, true).ConfigureAwait(false) is not { } view)
            return;
        TellCache(call);
        var all = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var isByNode = call.Has("node-meta");
        foreach (var service in view.Services)
        {
            // Whole rows are made only where their nodes are asked for.
            var items = view.ItemsOf(service).Where(item => !isByNode || CatalogRows.HasMeta(call, view.RowOf(item).Node)).ToList();
            if (items.Count > 0)
                all[CatalogView.NameOf(items[0])] = [.. items.SelectMany(CatalogView.TagsOf).Distinct(StringComparer.Ordinal)];
        }

        await call.JsonAsync<IReadOnlyDictionary<string, IReadOnlyList<string>>>(
            all, json => json.IReadOnlyDictionaryStringIReadOnlyListString).ConfigureAwait(false);
    }

    public async Task ServiceAsync(ConsulCall call)
    {
        if (await reader.ViewOfServiceAsync(call, ofHealth: false, tellsConsistency: true).ConfigureAwait(false) is not { } view)
            return;
        TellCache(call);
        var (name, index) = (call.Rest, view.IndexOf(call.Rest, ofHealth: false));
        IReadOnlyList<CatalogServiceBody> all =
            [.. CatalogRows.Chosen(call, view, view.RowsOf(name)).Select(row => row.ToListed(reader.Datacenter, index))];
        await ConsulReader.AnswerAsync(call, ConsulSchemas.CatalogService, all, json => json.IReadOnlyListCatalogServiceBody)
            .ConfigureAwait(false);
    }

    public Task NodeAsync(ConsulCall call) => OnNodeAsync(call, isList: false);

    public Task NodeServicesAsync(ConsulCall call) => OnNodeAsync(call, isList: true);

    public async Task RegisterAsync(ConsulCall call)
    {
        if (await call.ReadAsync().ConfigureAwait(false) is not { } body)
            return;
        if (CatalogReader.ReadEntry(body, reader.Datacenter, out var refusal) is { } entry)
            refusal = reader.Catalog.View.Snapshot.Members.Any(
                member => string.Equals(member.Name, entry.Node.Node, StringComparison.OrdinalIgnoreCase))
                ? new(400, $"'{ConsulCall.Show(entry.Node.Node)}' is a member of the cluster: register at its own agent.")
                : await loop.AskAsync(_ => source.Enter(entry), call.Aborted).ConfigureAwait(false);
        await AnswerAsync(call, refusal).ConfigureAwait(false);
    }

    public async Task DeregisterAsync(ConsulCall call)
    {
        if (await call.ReadAsync().ConfigureAwait(false) is not { } body)
            return;
        if (CatalogReader.ReadRemoval(body, reader.Datacenter, out var refusal) is { } removal)
            refusal = await loop.AskAsync(_ => source.Leave(removal), call.Aborted).ConfigureAwait(false);
        await AnswerAsync(call, refusal).ConfigureAwait(false);
    }

    /// <summary>Nothing is cached here: each agent has all.</summary>
    public static void TellCache(ConsulCall call)
    {
        if (call.Has("cached"))
            call.Headers["X-Cache"] = "MISS";
    }

    private async Task AnswerAsync(ConsulCall call, ConsulRefusal? refusal)
    {
        await reader.Catalog.CatchUpAsync(call.Aborted).ConfigureAwait(false);
        if (refusal is null)
            await call.JsonAsync(true, json => json.Boolean).ConfigureAwait(false);
        else
            await call.RefuseAsync(refusal).ConfigureAwait(false);
    }

    private async Task OnNodeAsync(ConsulCall call, bool isList)
    {
        if (await reader.ViewOfNodeAsync(call).ConfigureAwait(false) is not { } view)
            return;
        var (name, index) = (call.Rest, view.IndexOfNode(call.Rest));
        var node = view.FindNode(name)?.ToBody(reader.Datacenter, index);
        IReadOnlyList<NodeServiceBody> services = node is null ? [] : [.. view.RowsOn(name).Select(row => row.ToService(index))];
        if (call.Filter(ConsulSchemas.NodeService, ref services) is { } refusal)
            await ConsulReader.RefuseFilterAsync(call, refusal).ConfigureAwait(false);
        else if (isList)
            await call.JsonAsync(new NodeServiceListBody(node, node is null ? null : services), json => json.NodeServiceListBody)
                .ConfigureAwait(false);
        else if (node is null)
            await call.TextAsync(200, "null", "application/json").ConfigureAwait(false);
        else
            await call.JsonAsync(
                new NodeServicesBody(node, services.DistinctBy(one => one.ID).ToDictionary(one => one.ID)),
                json => json.NodeServicesBody).ConfigureAwait(false);
    }
}
