using Gossip.Cli.Agent;
using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Sources;
using Gossip.Cli.Protocols.Consul.Catalogs;
using Gossip.Cli.Protocols.Consul.Serving;

namespace Gossip.Cli.Protocols.Consul.Model;

/// <summary>The agent's own services and checks, as they are now, and what clients do to them.</summary>
/// <param name="loop">The agent.</param>
/// <param name="source">What Consul clients have registered.</param>
/// <param name="catalog">What readers of the catalog see.</param>
/// <param name="node">The name of the agent's node.</param>
internal sealed class AgentRows(AgentLoop loop, ConsulSource source, Catalog catalog, Func<string> node)
{
    public string Node => node();

    /// <summary>All services.</summary>
    public IEnumerable<AgentRow> All
    {
        get
        {
            var (name, shown, state) = (Node, loop.Shown, source.State);
            return state.Services.Values.Where(service => service.Node is null)
                .Select(service => AgentRow.Of(service, name, shown.GetValueOrDefault(service.Service.ID)?.Drain))
                .Concat(shown.Values.Where(one => IsOfOthers(one) && !state.Services.ContainsKey(one.Definition.Id))
                    .Select(one => AgentRow.Of(one, name)));
        }
    }

    /// <summary>Checks of the node, as they are now.</summary>
    public IEnumerable<CheckBody> OfNode => Catalog.ChecksOfNode(source.State, Node);

    public AgentRow? Find(string id)
    {
        var shown = loop.Shown.GetValueOrDefault(id);
        if (source.State.Services.TryGetValue(id, out var service) && service.Node is null)
            return AgentRow.Of(service, Node, shown?.Drain);
        return shown is not null && IsOfOthers(shown) ? AgentRow.Of(shown, Node) : null;
    }

    public async ValueTask<ConsulRefusal?> RegisterAsync(SentRegistration sent, bool replacesChecks, CancellationToken cancellation)
    {
        if (Claim(sent.Service.ID) is { } claimed)
            return claimed;
        var refusal = await CatchUpAsync(loop.AskAsync(_ => source.Register(sent, replacesChecks), cancellation), cancellation)
            .ConfigureAwait(false);
        // A file that was read in the very pass has the id.
        if (refusal is not null || Claim(sent.Service.ID) is not { } late)
            return refusal;
        await loop.AskAsync(_ => source.Deregister(sent.Service.ID), cancellation).ConfigureAwait(false);
        return late;
    }

    private ConsulRefusal? Claim(string id) => loop.Shown.TryGetValue(id, out var other) && IsOfOthers(other)
        ? new(400, $"'{ConsulCall.Show(id)}' is defined by {other.Definition.Origin}; change it there, or choose another ID.")
        : null;

    /// <summary>Deregisters a service, if there is one; what a file defines is the file's to remove.</summary>
    public async ValueTask<ConsulRefusal?> DeregisterAsync(string id, CancellationToken cancellation)
    {
        if (loop.Shown.TryGetValue(id, out var other) && IsOfOthers(other) && other.Definition.Origin != ApiSource.Origin)
            return new(400, $"'{ConsulCall.Show(id)}' is defined by {other.Definition.Origin}: take it back there.");
        return await CatchUpAsync(
            loop.AskAsync(
                api =>
                {
                    api.ForgetDrains([id]);
                    if (!source.Deregister(id))
                        api.Remove(id);
                    return (ConsulRefusal?)null;
                },
                cancellation),
            cancellation).ConfigureAwait(false);
    }

    public ValueTask<ConsulRefusal?> RegisterCheckAsync(CheckRegistration check, CancellationToken cancellation) =>
        CatchUpAsync(loop.AskAsync(_ => source.RegisterCheck(check), cancellation), cancellation);

    public ValueTask<ConsulRefusal?> DeregisterCheckAsync(string id, CancellationToken cancellation) =>
        CatchUpAsync(loop.AskAsync(_ => source.DeregisterCheck(id), cancellation), cancellation);

    /// <summary>Takes a service out, or back in: to the cluster it drains.</summary>
    public async ValueTask<ConsulRefusal?> MaintainAsync(AgentRow row, string? reason, CancellationToken cancellation)
    {
        var id = row.Service.ID;
        // Whoever enables it again gives no other reason.
        var stays = reason is not null && loop.Shown.GetValueOrDefault(id)?.Drain is not null;
        var (isThere, problem) = stays ? (true, null) : await loop.DrainAsync(id, reason, cancellation).ConfigureAwait(false);
        if (!isThere)
            return new(404, $"No service registered with ID \"{ConsulCall.Show(id)}\"");
        catalog.Touch(row.Service.Name);
        await catalog.CatchUpAsync(cancellation).ConfigureAwait(false);
        return problem is null ? null : new(500, problem);
    }

    /// <summary>Takes all services of the agent out, or back in.</summary>
    public ValueTask<ConsulRefusal?> MaintainAllAsync(string? reason, CancellationToken cancellation) => CatchUpAsync(
        loop.AskAsync(
            api =>
            {
                var stays = reason is not null && source.State.Maintenance is not null;
                api.DrainsAll = stays ? source.State.Maintenance : reason;
                return source.Maintain(api.DrainsAll);
            },
            cancellation),
        cancellation);

    /// <summary>Takes a report on a check whose client tells its status.</summary>
    /// <returns>Why it was not; null when it was.</returns>
    public async ValueTask<ConsulRefusal?> ReportAsync(string id, string status, string output, CancellationToken cancellation)
    {
        if (source.State.Checks.TryGetValue(id, out var check))
        {
            if (check.What.Type != CheckType.Ttl)
                return Unknown(id);
            var isOther = check.Take(status, output);
            // When it came is kept, whatever it says.
            loop.Learned?.Invoke();
            if (!isOther)
                return null;
            if (loop.Shown.TryGetValue(check.What.ServiceID, out var shown)
                && shown.Checks.FirstOrDefault(one => ReferenceEquals(one.Check, check)) is { } scheduled)
                loop.RunNow(scheduled);
            await catalog.CatchUpAsync(cancellation).ConfigureAwait(false);
            return null;
        }

        if (FindScheduled(id) is not { Check: TtlCheck ttl } own)
            return Unknown(id);
        ttl.Take(new(CheckWords.ToAgent(status), output.Length > 0 ? output : $"the service reports {status}"));
        loop.RunNow(own);
        return null;
    }

    private static ConsulRefusal Unknown(string id) => new(500, $"CheckID \"{ConsulCall.Show(id)}\" does not have associated TTL");

    private static bool IsOfOthers(ShownService shown) => shown.Definition.Origin != DefinitionTemplate.Origin;

    /// <summary>A check of a service that no Consul client has registered.</summary>
    private ScheduledCheck? FindScheduled(string id)
    {
        const string Prefix = "service:";
        if (!id.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var colon = id.LastIndexOf(':');
        var shown = loop.Shown.GetValueOrDefault(id[Prefix.Length..])
            ?? (colon > Prefix.Length ? loop.Shown.GetValueOrDefault(id[Prefix.Length..colon]) : null);
        if (shown is null || !IsOfOthers(shown))
            return null;
        var index = Enumerable.Range(0, shown.Checks.Count).FirstOrDefault(at => AgentRow.IdOf(shown, at) == id, -1);
        return index < 0 ? null : shown.Checks[index];
    }

    /// <summary>Whoever is answered finds in the catalog what was done.</summary>
    private async ValueTask<ConsulRefusal?> CatchUpAsync(ValueTask<ConsulRefusal?> asked, CancellationToken cancellation)
    {
        var refusal = await asked.ConfigureAwait(false);
        await catalog.CatchUpAsync(cancellation).ConfigureAwait(false);
        return refusal;
    }
}
