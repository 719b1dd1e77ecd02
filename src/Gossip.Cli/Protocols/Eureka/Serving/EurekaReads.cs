using Gossip.Cli.Protocols.Eureka.Catalogs;
using Gossip.Cli.Protocols.Eureka.Model;
using Gossip.Cli.Protocols.Eureka.Wire;
using Microsoft.AspNetCore.Http;

namespace Gossip.Cli.Protocols.Eureka.Serving;

/// <summary>What readers ask for: applications, and what has changed of them.</summary>
/// <param name="catalog">What there is.</param>
internal sealed class EurekaReads(EurekaCatalog catalog)
{
    /// <summary>A hash that no list has: whoever compares it with his own fetches the whole list.</summary>
    public const string HashOfNone = "FULL_1_";

    public async Task AllAsync(EurekaCall call)
    {
        var view = await catalog.ViewAsync(call.Aborted).ConfigureAwait(false);
        if (call.TakesPacked)
            await call.SendPackedAsync(await catalog.PackedAsync(view, call.Format, call.Aborted).ConfigureAwait(false))
                .ConfigureAwait(false);
        else
            await call.SendAsync(EurekaCatalog.All(view, call.Format)).ConfigureAwait(false);
        call.Fetched = view.Version;
    }

    /// <summary>
    /// What has changed since the connection has fetched last. The hash counts states alone, so that a client who has missed something may
    /// have the right one: where the log may not cover him he is given one that nobody has.
    /// </summary>
    public async Task DeltaAsync(EurekaCall call)
    {
        var view = await catalog.ViewAsync(call.Aborted).ConfigureAwait(false);
        var version = EurekaCatalog.VersionOf(view);
        if (catalog.Since(view, call.Fetched) is not { } changes)
        {
            await call.SendAsync(EurekaPages.Applications(call.Format, version, HashOfNone, [])).ConfigureAwait(false);
            return;
        }

        var format = call.Format;
        var applications = changes.GroupBy(change => change.Row.Instance.App, StringComparer.Ordinal)
            .Select(group => new WrittenApplication(group.Key, group.Select(change => change.Bytes(format))));
        await call.SendAsync(EurekaPages.Applications(format, version, view.Hash, applications)).ConfigureAwait(false);
        call.Fetched = view.Version;
    }

    public async Task ApplicationAsync(EurekaCall call, string app)
    {
        var view = await catalog.ViewAsync(call.Aborted).ConfigureAwait(false);
        await (view.Applications.TryGetValue(app, out var found)
            ? call.SendAsync(EurekaPages.Application(call.Format, found.Written(call.Format)))
            : NotFoundAsync(call, $"application '{EurekaCall.Show(app)}'")).ConfigureAwait(false);
    }

    public async Task InstanceAsync(EurekaCall call, string app, string id)
    {
        var view = await catalog.ViewAsync(call.Aborted).ConfigureAwait(false);
        await SendAsync(call, view.Applications.GetValueOrDefault(app)?.Rows.GetValueOrDefault(id), id).ConfigureAwait(false);
    }

    public async Task InstanceAsync(EurekaCall call, string id)
    {
        var view = await catalog.ViewAsync(call.Aborted).ConfigureAwait(false);
        await SendAsync(
            call, view.Applications.Values.Select(one => one.Rows.GetValueOrDefault(id)).FirstOrDefault(row => row is not null), id)
            .ConfigureAwait(false);
    }

    /// <summary>Instances with a virtual name, which is one in any case; an instance may have several.</summary>
    public async Task VipAsync(EurekaCall call, string vip, Func<EurekaInstance, string?> nameOf)
    {
        var view = await catalog.ViewAsync(call.Aborted).ConfigureAwait(false);
        var found = view.Applications.Values
            .Select(one => (one.Name, Rows: one.Rows.Values.Where(row => Has(nameOf(row.Instance), vip)).ToList()))
            .Where(one => one.Rows.Count > 0).ToList();
        if (found.Count == 0)
        {
            await NotFoundAsync(call, $"instance with the name '{EurekaCall.Show(vip)}'").ConfigureAwait(false);
            return;
        }

        var counts = new int[EurekaStatusText.Count];
        foreach (var row in found.SelectMany(one => one.Rows))
            counts[(int)row.Instance.Effective]++;
        var format = call.Format;
        var applications = found.Select(one => new WrittenApplication(one.Name, one.Rows.Select(row => row.Bytes(format))));
        await call.SendAsync(EurekaPages.Applications(
            format, EurekaCatalog.VersionOf(view), EurekaStatusText.HashOf(counts), applications)).ConfigureAwait(false);
    }

    private static Task SendAsync(EurekaCall call, EurekaRow? row, string id) => row is null
        ? NotFoundAsync(call, $"instance '{EurekaCall.Show(id)}'")
        : call.SendAsync(EurekaPages.Instance(call.Format, row.Bytes(call.Format)));

    private static Task NotFoundAsync(EurekaCall call, string what) =>
        call.RefuseAsync(StatusCodes.Status404NotFound, $"There is no {what}.");

    private static bool Has(string? names, string vip) =>
        names is not null && names.Split(',', StringSplitOptions.TrimEntries).Contains(vip, StringComparer.OrdinalIgnoreCase);
}
