using Gossip.Cli.Protocols.Consul.Catalogs;
using Gossip.Cli.Protocols.Consul.Filters;
using Gossip.Cli.Protocols.Consul.Model;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary><c>/v1/health</c>: instances with their checks, and the checks of the whole cluster.</summary>
internal sealed class HealthEndpoints(ConsulReader reader)
{
    public async Task ServiceAsync(ConsulCall call)
    {
        if (await reader.ViewOfServiceAsync(call, ofHealth: true, tellsConsistency: false).ConfigureAwait(false) is not { } view)
            return;
        CatalogEndpoints.TellCache(call);
        if (!TryReadPassing(call.Parameter("passing"), out var isPassing))
        {
            await call.TextAsync(400, "Invalid value for ?passing").ConfigureAwait(false);
            return;
        }

        var (name, index) = (call.Rest, view.IndexOf(call.Rest, ofHealth: true));
        IReadOnlyList<HealthServiceBody> all = [.. CatalogRows.Chosen(call, view, view.RowsOf(name))
            .Where(row => !isPassing || row.Status == CheckWords.Passing)
            .Select(row => row.ToHealth(reader.Datacenter, index))];
        await ConsulReader.AnswerAsync(call, ConsulSchemas.Health, all, json => json.IReadOnlyListHealthServiceBody).ConfigureAwait(false);
    }

    public async Task NodeAsync(ConsulCall call)
    {
        if (await reader.ViewOfNodeAsync(call).ConfigureAwait(false) is not { } view)
            return;
        var (name, index) = (call.Rest, view.IndexOfNode(call.Rest));
        var node = view.FindNode(name);
        var checks = (node?.Checks ?? []).Concat(node is null ? [] : view.RowsOn(name).SelectMany(row => row.Checks));
        await AnswerAsync(call, checks, index).ConfigureAwait(false);
    }

    public async Task ChecksAsync(ConsulCall call)
    {
        if (await reader.ViewOfServiceAsync(call, ofHealth: true, tellsConsistency: true).ConfigureAwait(false) is not { } view)
            return;
        var rows = CatalogRows.Chosen(call, view, view.RowsOf(call.Rest));
        await AnswerAsync(call, rows.SelectMany(row => row.Checks), view.IndexOf(call.Rest, ofHealth: true)).ConfigureAwait(false);
    }

    /// <summary>All checks of the cluster that are in a state.</summary>
    public async Task StateAsync(ConsulCall call)
    {
        var state = call.Rest;
        if (state.Length == 0)
        {
            await call.TextAsync(400, "Missing check state").ConfigureAwait(false);
            return;
        }

        if (await reader.ViewAsync(call, CatalogChanges.OfState, view => view.StateIndex, true).ConfigureAwait(false) is not { } view)
            return;
        var nodes = CatalogRows.Near(call, view, view.Nodes.Where(node => CatalogRows.HasMeta(call, node)), node => node);
        var services = view.Services.SelectMany(view.RowsOf).Where(row => CatalogRows.HasMeta(call, row.Node));
        var checks = nodes.SelectMany(node => node.Checks)
            .Concat(CatalogRows.Near(call, view, services, row => row.Node).SelectMany(row => row.Checks))
            .Where(check => state == "any" || check.Status == state);
        await AnswerAsync(call, checks, view.StateIndex).ConfigureAwait(false);
    }

    private static Task AnswerAsync(ConsulCall call, IEnumerable<CheckBody> checks, long index) => ConsulReader.AnswerAsync(
        call,
        ConsulSchemas.Check,
        [.. checks.Select(check => check with { CreateIndex = index, ModifyIndex = index })],
        json => json.IReadOnlyListCheckBody);

    /// <summary>Without a value it is on.</summary>
    private static bool TryReadPassing(string? value, out bool isOn)
    {
        isOn = value is "" or "1" or "t" or "T" or "true" or "TRUE" or "True";
        return isOn || value is null or "0" or "f" or "F" or "false" or "FALSE" or "False";
    }
}
