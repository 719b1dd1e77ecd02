using System.Collections.Concurrent;
using Gossip.Discovery;
using Gossip.Loop;
using Gossip.Protocol;
using Gossip.Snapshots;
using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>
/// The instances that this process has registered with one node, and what ails them all: while something does, none is registered as ready.
/// A state worse than degraded stays, and so does a drain.
/// </summary>
/// <param name="logger">Logs names by which no caller can call.</param>
/// <param name="audit">Logs what was refused.</param>
internal sealed partial class Registrations(ILogger logger, ILogger audit)
{
    private readonly ConcurrentDictionary<ServiceRegistration, bool> _all = new();
    private string? _ailment;

    public bool IsEmpty => _all.IsEmpty;

    /// <summary>All of them, as of now.</summary>
    public IEnumerable<ServiceRegistration> All => _all.Keys;

    /// <inheritdoc cref="IServiceRegistrar.RegisterAsync"/>
    public async ValueTask<ServiceRegistration> OpenAsync(GossipNode node, ServiceRecord record, CancellationToken cancellation)
    {
        try
        {
            var opened = await ServiceRegistration.OpenAsync(node, record, this, cancellation).ConfigureAwait(false);
            Name(opened);
            return opened;
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidOperationException)
        {
            Refuse(record, refused);
            throw;
        }
    }

    /// <summary>
    /// Logs to the audit what was not registered, or not changed, and why. A refused record may have anything in its texts.
    /// </summary>
    public void Refuse(ServiceRecord record, Exception why) => Refused(
        audit,
        RecordText.Fit(record.InstanceId ?? "", Limits.NameBytes),
        RecordText.Fit(record.Service ?? "", Limits.NameBytes),
        RecordText.Fit(why.Message, Limits.ReasonBytes));

    /// <summary>Called by the loop when the node has the instance, which is before the code that registers it learns of it.</summary>
    public void Add(ServiceRegistration opened) => _all[opened] = true;

    public void Remove(ServiceRegistration closed) => _all.TryRemove(closed, out _);

    /// <summary>The record for the cluster, given the application's record of an instance.</summary>
    public ServiceRecord ToTell(ServiceRecord record)
    {
        if (Volatile.Read(ref _ailment) is not { } why || record.State != ServiceState.Ready)
            return record;
        var told = record with { State = ServiceState.Degraded, Reason = why };
        try
        {
            told.Validate();
            return told;
        }
        catch (ArgumentException)
        {
            // The record leaves no room for a reason: only the state is sent.
            return record with { State = ServiceState.Degraded };
        }
    }

    /// <summary>Sets what ails the process, or null when it is healthy again, and tells the cluster. Needs no pool thread.</summary>
    /// <returns>False when the loop's queue was full: call it again.</returns>
    public bool TryAil(GossipNode node, string? why)
    {
        Volatile.Write(ref _ailment, why);
        return node.TryPost((machine, now, outbox) =>
        {
            foreach (var one in _all.Keys)
                one.TellAgain(machine, now, outbox);
        });
    }

    /// <summary>An instance has got its name: warns of one that no address can carry, unless another instance has it too.</summary>
    public void Name(ServiceRegistration named)
    {
        var service = named.Record.Service;
        if (CalledName.Obstacle(service) is { } obstacle
            && !_all.Keys.Any(one => one != named && ServiceNames.AreSame(one.Record.Service, service)))
            CannotBeCalled(logger, service, obstacle);
    }

    /// <summary>Makes one change to each of them.</summary>
    public ValueTask UpdateAsync(Func<ServiceRegistration, ServiceRecord, ServiceRecord> change) => EachAsync(async one =>
    {
        try
        {
            await one.UpdateAsync(record => change(one, record)).ConfigureAwait(false);
        }
        catch (ArgumentException error)
        {
            // A record may already have its largest size, and the change need more: it stays, and the others are still changed.
            NotChanged(logger, one.Record.InstanceId, error);
        }
    });

    /// <summary>Tells the cluster that none of them takes anything new.</summary>
    public ValueTask DrainAsync(string reason, CancellationToken cancellation) => EachAsync(one => one.DrainAsync(reason, cancellation));

    private async ValueTask EachAsync(Func<ServiceRegistration, ValueTask> act)
    {
        foreach (var one in _all.Keys)
        {
            try
            {
                await act(one).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                // Removed meanwhile, which is more than a drain.
            }
        }
    }

    [LoggerMessage(55, LogLevel.Warning, "The instance '{InstanceId}' of '{Service}' was refused: {Reason}")]
    private static partial void Refused(ILogger logger, string instanceId, string service, string reason);

    [LoggerMessage(54, LogLevel.Warning,
        "The instance {InstanceId} stays as it is, for the change of the machine's address does not fit into its record")]
    private static partial void NotChanged(ILogger logger, string instanceId, Exception error);

    [LoggerMessage(53, LogLevel.Warning,
        "'{Service}' is registered, but HttpClient cannot call it by that name: {Obstacle}. "
            + "IServiceDiscovery finds it all the same; for calls "
        + "by name give it another, of letters, digits, '-', '_' and '.' that is no number: Gossip:Service:Name, or the record's Service")]
    private static partial void CannotBeCalled(ILogger logger, string service, string obstacle);
}
