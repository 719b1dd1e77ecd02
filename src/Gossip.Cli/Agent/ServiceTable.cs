using Gossip.Cli.Agent.Checks;
using Gossip.Cli.Agent.Definitions;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Agent;

/// <summary>
/// What all sources want, by id, with the checks that run for it. A check that says the same as before goes on, with what is known by it,
/// when the rest of its definition changes.
/// </summary>
/// <param name="checks">Makes checks.</param>
/// <param name="scheduler">Runs them.</param>
/// <param name="logger">Told of ids that two sources claim.</param>
internal sealed partial class ServiceTable(CheckSource checks, CheckScheduler scheduler, ILogger logger)
{
    private readonly Dictionary<string, CheckedService> _all = new(StringComparer.Ordinal);
    private readonly HashSet<string> _twice = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, CheckedService> All => _all;

    /// <summary>Takes over what is wanted now; of two with one id the first counts.</summary>
    /// <returns>The ids of those that are wanted no more.</returns>
    public IReadOnlyList<string> Follow(IEnumerable<ServiceDefinition> wanted)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var definition in wanted)
        {
            if (seen.TryAdd(definition.Id, definition.Origin))
                Follow(definition);
            else if (_twice.Add(definition.Id))
                Twice(logger, Limits.Show(definition.Id), seen[definition.Id], definition.Origin);
        }

        string[] left = [.. _all.Keys.Where(id => !seen.ContainsKey(id))];
        foreach (var gone in left)
        {
            _all.Remove(gone, out var service);
            _twice.Remove(gone);
            foreach (var check in service!.Checks)
                scheduler.Remove(check);
        }

        return left;
    }

    private void Follow(ServiceDefinition definition)
    {
        var known = _all.GetValueOrDefault(definition.Id);
        if (known is not null && (ReferenceEquals(known.Definition, definition) || known.Definition.SaysTheSame(definition)))
            return;
        var before = known?.Checks ?? [];
        var all = definition.Checks
            .Select(check => Find(before, known?.Definition, definition, check) ?? checks.Make(definition, check)).ToList();
        _all[definition.Id] = new CheckedService(definition, all);
        foreach (var removed in before.Except(all))
            scheduler.Remove(removed);
        foreach (var added in all.Except(before))
            scheduler.Add(added);
    }

    private static ScheduledCheck? Find(
        IReadOnlyList<ScheduledCheck> before, ServiceDefinition? old, ServiceDefinition definition, CheckDefinition check) =>
        before.FirstOrDefault(one => one.Definition.Id == check.Id && one.Definition.Kind == check.Kind && one.Definition.Text == check.Text
            && (check.Kind != CheckKind.Process || old?.Process == definition.Process)
            && (check.Kind != CheckKind.Command || old?.Name == definition.Name));

    [LoggerMessage(148, LogLevel.Warning,
        "Two sources name a service '{Id}': {First}, which counts, and {Second}, which does not. Give one of them another id")]
    private static partial void Twice(ILogger logger, string id, string first, string second);
}

/// <summary>A service that is wanted, with its checks.</summary>
internal sealed record CheckedService(ServiceDefinition Definition, IReadOnlyList<ScheduledCheck> Checks);
