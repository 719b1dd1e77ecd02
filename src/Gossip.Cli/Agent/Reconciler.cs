using System.Net;
using Gossip.Cli.Agent.Definitions;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;

namespace Gossip.Cli.Agent;

/// <summary>A service that a source wants, as it is.</summary>
/// <param name="Definition">What it is.</param>
/// <param name="Health">What its checks say.</param>
/// <param name="Drain">Why an operator has it drain; null when not.</param>
internal sealed record WantedService(ServiceDefinition Definition, ServiceHealth Health, string? Drain);

/// <summary>
/// Brings what is registered in line with what is wanted and runs. It compares the two and never follows events, so whatever was missed, or
/// failed half-way, is mended by the next pass; a pass that finds all in line does nothing.
/// <code>
/// not wanted any more      draining → after its wait, taken back
/// wanted, never seen well  nothing: what does not run is not registered
/// wanted, well             registered, or updated
/// wanted, not well         unhealthy, with the reason; taken back after its time, where it has one
/// wanted, ended            taken back at once: there is nothing left to finish
/// </code>
/// One caller at a time.
/// </summary>
/// <param name="registrar">Where records are registered.</param>
/// <param name="address">Where others reach this host.</param>
/// <param name="lease">Of all records.</param>
/// <param name="time">The clock of drains.</param>
/// <param name="logger">Told of what is refused.</param>
internal sealed partial class Reconciler(
    IServiceRegistrar registrar, Func<IPAddress> address, ServiceLease lease, TimeProvider time, ILogger logger)
{
    /// <summary>
    /// Records of one agent: what the protocol lets one owner have, less one, for an application that has the agent within it. A larger
    /// bound is set there, in <see cref="Limits.RecordsPerOwner"/>; nothing here depends on its size.
    /// </summary>
    public const int Most = Limits.RecordsPerOwner - 1;

    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private TimeSpan? _next;
    private bool _isFull;

    /// <summary>What is registered, by id.</summary>
    public IEnumerable<ServiceRecord> Registered =>
        _entries.Values.Where(entry => entry.Registration is not null).Select(entry => entry.Registration!.Record);

    /// <summary>How many are registered.</summary>
    public int Count { get; private set; }

    /// <summary>What became of a service; null of one that is not registered.</summary>
    public ServiceRecord? RecordOf(string id) => _entries.GetValueOrDefault(id)?.Registration?.Record;

    /// <summary>Why a service is not registered, or not as it should be; null where nothing was refused.</summary>
    public string? ProblemOf(string id) => _entries.GetValueOrDefault(id)?.Problem;

    /// <summary>Makes one pass.</summary>
    /// <param name="wanted">All that is wanted, each with an id of its own.</param>
    /// <param name="cancellation">Ends the pass between two services.</param>
    /// <returns>When the next pass has something to do by the clock alone, and which services have ended for good.</returns>
    public async ValueTask<ReconcileResult> ReconcileAsync(IReadOnlyList<WantedService> wanted, CancellationToken cancellation)
    {
        _next = null;
        var ended = new List<ServiceDefinition>();
        var ids = wanted.Select(one => one.Definition.Id).ToHashSet(StringComparer.Ordinal);
        // What goes makes room for what comes.
        foreach (var (id, entry) in _entries.Where(one => !ids.Contains(one.Key)).ToArray())
        {
            cancellation.ThrowIfCancellationRequested();
            await TryAsync(entry, id, () => RetireAsync(id, entry, cancellation)).ConfigureAwait(false);
        }

        var left = 0;
        try
        {
            foreach (var one in wanted)
            {
                cancellation.ThrowIfCancellationRequested();
                var id = one.Definition.Id;
                if (!_entries.TryGetValue(id, out var entry))
                    _entries[id] = entry = new Entry();
                await TryAsync(entry, id, async () =>
                {
                    var outcome = await FollowAsync(one, entry, cancellation).ConfigureAwait(false);
                    left += outcome == Outcome.LeftOut ? 1 : 0;
                    if (outcome == Outcome.Ended)
                        ended.Add(one.Definition);
                }).ConfigureAwait(false);
                if (_underWay.Count >= AtATime)
                    await EndRegisteringAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            // Whatever ends the pass: what the node has is known here, or nobody would take it back.
            await EndRegisteringAsync().ConfigureAwait(false);
        }

        if (left > 0 && !_isFull)
            Full(logger, left, Most);
        _isFull = left > 0;
        return new(_next, ended);
    }

    /// <summary>Takes everything back, each after its drain.</summary>
    /// <param name="someoneListens">Whether there is anybody to go elsewhere; else nobody is waited for.</param>
    /// <param name="cancellation">Ends the waits.</param>
    public async ValueTask RetireAllAsync(bool someoneListens, CancellationToken cancellation)
    {
        var all = _entries.Where(one => one.Value.Registration is not null).ToArray();
        var wait = all.Length == 0 || !someoneListens ? TimeSpan.Zero : all.Max(one => one.Value.DrainWait);
        try
        {
            foreach (var (id, entry) in all)
                await TryAsync(entry, id, () => entry.Registration!.DrainAsync("the agent stops", cancellation)).ConfigureAwait(false);
            await Task.Delay(wait, time, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The host has no more time: what is left goes without a wait.
        }

        foreach (var (id, entry) in all)
            await TryAsync(entry, id, () => TakeBackAsync(entry)).ConfigureAwait(false);
    }

    private async ValueTask TryAsync(Entry entry, string id, Func<ValueTask> act)
    {
        try
        {
            await act().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // Somebody else took it back: the next pass registers it again, where it is wanted.
            Forget(entry);
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidOperationException)
        {
            if (entry.Problem != refused.Message)
                NotRegistered(logger, Limits.Show(id), Limits.Show(refused.Message));
            entry.Problem = refused.Message;
        }
    }

    private async ValueTask RetireAsync(string id, Entry entry, CancellationToken cancellation)
    {
        if (entry.Registration is { } registration)
        {
            if (entry.DrainedAt is null)
            {
                // What cannot be told does not keep it here.
                entry.DrainedAt = time.GetTimestamp();
                await registration.DrainAsync("it was deregistered", cancellation).ConfigureAwait(false);
            }

            if (entry.DrainWait - time.GetElapsedTime(entry.DrainedAt.Value) is { Ticks: > 0 } rest)
            {
                Wake(rest);
                return;
            }

            await TakeBackAsync(entry).ConfigureAwait(false);
            Deregistered(logger, Limits.Show(id));
        }

        _entries.Remove(id);
    }

    private async ValueTask<Outcome> FollowAsync(WantedService wanted, Entry entry, CancellationToken cancellation)
    {
        var (definition, health, drain) = wanted;
        if (health.IsGone || HasFailedForLong(definition, health, entry))
        {
            if (entry.Registration is not null)
            {
                await TakeBackAsync(entry).ConfigureAwait(false);
                Ended(logger, Limits.Show(definition.Id), Limits.Show(health.Reason));
            }

            return Outcome.Ended;
        }

        var (state, reason) = StateOf(health, drain, entry);
        if (entry.Registration is null)
        {
            // What was never seen well may be what is left of a service that ended while nobody looked.
            if (!health.IsKnown || health.State is ServiceState.Unhealthy or ServiceState.Draining)
                return Outcome.None;
            if (Count + _underWay.Count >= Most)
            {
                entry.Problem = $"this node holds {Most} records already; deregister some, or run another agent under another Agent:Name";
                return Outcome.LeftOut;
            }

            var inputs = new Inputs(definition, state, reason, address());
            var record = RecordTemplate.Of(definition, inputs.Address, state, reason, lease);
            _underWay.Add((inputs, entry, registrar.RegisterAsync(record, CancellationToken.None).AsTask()));
            return Outcome.None;
        }

        await UpdateAsync(entry, definition, state, reason, cancellation).ConfigureAwait(false);
        entry.Problem = null;
        entry.DrainedAt = null;
        entry.DrainWait = definition.DrainWait;
        return Outcome.None;
    }

    private async ValueTask UpdateAsync(
        Entry entry, ServiceDefinition definition, ServiceState state, string? reason, CancellationToken cancellation)
    {
        var inputs = new Inputs(definition, state, reason, address());
        var registration = entry.Registration!;
        // Building and comparing records takes time that a pass over a thousand of them does not have.
        if (entry.MadeFrom == inputs && ReferenceEquals(entry.Told, registration.Record))
            return;
        var record = RecordTemplate.Of(definition, inputs.Address, state, reason, lease);
        if (!RecordTemplate.AreSame(record, registration.Record))
        {
            try
            {
                await registration.UpdateAsync(_ => record, cancellation).ConfigureAwait(false);
            }
            catch (Exception refused) when (reason is not null && refused is ArgumentException or InvalidOperationException)
            {
                // There is no room for the reason: that it is not well is told all the same.
                await registration.UpdateAsync(_ => record with { Reason = null }, cancellation).ConfigureAwait(false);
            }
        }

        (entry.MadeFrom, entry.Told) = (inputs, registration.Record);
    }

    /// <summary>While a new check has yet to run, what was said before stays, unless that was a drain which is taken back.</summary>
    private static (ServiceState, string?) StateOf(
        in ServiceHealth health, string? drain, Entry entry) => entry.Registration?.Record switch
    {
        _ when drain is not null => (ServiceState.Draining, drain),
        { State: not ServiceState.Draining } record when !health.IsKnown => (record.State, record.Reason),
        _ when !health.IsKnown => (ServiceState.Starting, "its checks have not run yet"),
        _ => (health.State, health.Reason),
    };

    private bool HasFailedForLong(ServiceDefinition definition, in ServiceHealth health, Entry entry)
    {
        if (!health.IsKnown || health.State != ServiceState.Unhealthy)
        {
            entry.FailsSince = health.IsKnown ? null : entry.FailsSince;
            return false;
        }

        entry.FailsSince ??= time.GetTimestamp();
        if (definition.DeregisterAfter is not { } after)
            return false;
        var rest = after - time.GetElapsedTime(entry.FailsSince.Value);
        if (rest > TimeSpan.Zero)
            Wake(rest);
        return rest <= TimeSpan.Zero;
    }

    private async ValueTask TakeBackAsync(Entry entry)
    {
        var registration = entry.Registration!;
        Forget(entry);
        await registration.DisposeAsync().ConfigureAwait(false);
    }

    private void Forget(Entry entry)
    {
        if (entry.Registration is not null)
            Count--;
        (entry.Registration, entry.MadeFrom, entry.Told, entry.DrainedAt) = (null, default, null, null);
    }

    private void Wake(TimeSpan after) => _next = _next < after ? _next : after;
}

/// <summary>What a pass leaves to do.</summary>
/// <param name="Next">After which time something is due; null for nothing.</param>
/// <param name="Ended">Services that have ended, though they are wanted.</param>
internal sealed record ReconcileResult(TimeSpan? Next, IReadOnlyList<ServiceDefinition> Ended);
