using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Gossip.Cli.Protocols.Consul.Catalogs;
using Gossip.Cli.Protocols.Consul.Filters;
using Gossip.Cli.Protocols.Consul.Model;

namespace Gossip.Cli.Protocols.Consul.Serving;

/// <summary>Reads the catalog for a caller: at once, or when what the caller waits for has changed.</summary>
/// <param name="settings">The settings.</param>
/// <param name="catalog">The catalog.</param>
/// <param name="waiters">Who waits.</param>
/// <param name="time">The clock of waits.</param>
/// <param name="stopping">The façade stops: nobody waits any more.</param>
internal sealed class ConsulReader(
    ConsulSettings settings, Catalog catalog, Waiters waiters, TimeProvider time, CancellationToken stopping)
{
    public string Datacenter => settings.Datacenter;

    public Catalog Catalog => catalog;

    /// <summary>Whether the caller means this data centre; there is no other.</summary>
    public bool IsHere(ConsulCall call) => call.Parameter("dc") is not { Length: > 0 } place || place == Datacenter;

    /// <summary>
    /// Waits as the caller asks for, and gives the view with its index in the headers of the answer.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="key">What wakes the caller.</param>
    /// <param name="indexOf">The index of what is read.</param>
    /// <param name="tellsConsistency">Whether the answer says how new it is.</param>
    /// <returns>The view; null after a refusal, or when nobody waits any more.</returns>
    public async ValueTask<CatalogView?> ViewAsync(
        ConsulCall call, string key, Func<CatalogView, long> indexOf, bool tellsConsistency)
    {
        if (ConsulQuery.Read(call, out var refusal) is not { } query)
        {
            await call.RefuseAsync(refusal!).ConfigureAwait(false);
            return null;
        }

        if (!IsHere(call))
        {
            await RefusePlaceAsync(call).ConfigureAwait(false);
            return null;
        }

        if (query.Index > 0 && !await WaitAsync(call, key, () => indexOf(catalog.View) > query.Index, query).ConfigureAwait(false))
            return null;
        var view = catalog.View;
        call.Headers["X-Consul-Index"] = Math.Max(1, indexOf(view)).ToString(CultureInfo.InvariantCulture);
        call.Headers["X-Consul-KnownLeader"] = "true";
        call.Headers["X-Consul-LastContact"] = "0";
        if (tellsConsistency)
            call.Headers["X-Consul-Effective-Consistency"] = query.Consistency;
        return view;
    }

    /// <summary>The same for the service that the path names; who names none is refused.</summary>
    /// <param name="call">The call.</param>
    /// <param name="ofHealth">Whether a change of its health wakes the caller, and not only one of its list.</param>
    /// <param name="tellsConsistency">Whether the answer says how new it is.</param>
    public ValueTask<CatalogView?> ViewOfServiceAsync(ConsulCall call, bool ofHealth, bool tellsConsistency) => ViewOfNamedAsync(
        call, "service name", CatalogChanges.OfService(call.Rest, ofHealth), view => view.IndexOf(call.Rest, ofHealth), tellsConsistency);

    /// <summary>The same for the node that the path names; who names none is refused.</summary>
    public ValueTask<CatalogView?> ViewOfNodeAsync(ConsulCall call) =>
        ViewOfNamedAsync(call, "node name", CatalogChanges.OfNode(call.Rest), view => view.IndexOfNode(call.Rest), true);

    /// <summary>Answers with those that the caller's filter leaves.</summary>
    public static Task AnswerAsync<T>(
        ConsulCall call, FilterSchema schema, IReadOnlyList<T> all, Func<ConsulJson, JsonTypeInfo<IReadOnlyList<T>>> type)
        where T : class =>
        call.Filter(schema, ref all) is { } refusal ? RefuseFilterAsync(call, refusal) : call.JsonAsync(all, type);

    /// <summary>Waits until something holds, or the caller's time is over.</summary>
    /// <returns>False after a refusal, or when nobody waits any more.</returns>
    public async ValueTask<bool> WaitAsync(ConsulCall call, string key, Func<bool> holds, ConsulQuery query)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, stopping);
        if (!await waiters.WaitAsync(key, holds, query.WaitWithJitter(), time, either.Token).ConfigureAwait(false))
        {
            await call.TextAsync(429, string.Create(
                CultureInfo.InvariantCulture,
                $"{ConsulProtocol.MostWaiters} queries are blocked, as many as may be; ask without index, or another agent."))
                .ConfigureAwait(false);
            return false;
        }

        return !call.Aborted.IsCancellationRequested;
    }

    /// <summary>A wrong filter on the catalog is answered with headers that say that nothing is known.</summary>
    public static Task RefuseFilterAsync(ConsulCall call, ConsulRefusal refusal)
    {
        foreach (var header in (ReadOnlySpan<string>)
            ["X-Consul-Index", "X-Consul-KnownLeader", "X-Consul-LastContact", "X-Consul-Effective-Consistency", "X-Cache"])
            call.Headers.Remove(header);
        TellNothing(call);
        return call.RefuseAsync(refusal);
    }

    private async ValueTask<CatalogView?> ViewOfNamedAsync(
        ConsulCall call, string what, string key, Func<CatalogView, long> indexOf, bool tellsConsistency)
    {
        if (call.Rest.Length > 0)
            return await ViewAsync(call, key, indexOf, tellsConsistency).ConfigureAwait(false);
        await call.TextAsync(400, $"Missing {what}").ConfigureAwait(false);
        return null;
    }

    private static Task RefusePlaceAsync(ConsulCall call)
    {
        TellNothing(call);
        return call.TextAsync(500, "No path to datacenter");
    }

    /// <summary>Of the catalog, and of nothing else, Consul says so.</summary>
    private static void TellNothing(ConsulCall call)
    {
        if (!call.Request.Path.StartsWithSegments("/v1/catalog"))
            return;
        call.Headers["X-Consul-Index"] = "1";
        call.Headers["X-Consul-KnownLeader"] = "false";
        call.Headers["X-Consul-LastContact"] = "0";
    }
}
