using System.Collections.Concurrent;
using Gossip.Protocol;

namespace Gossip.Hosting;

/// <summary>
/// The instances that this process has registered with one node, and what ails them all: as long as something does, the cluster is told of
/// none that it is ready. What is worse than degraded stays as it is, and so does a drain.
/// </summary>
internal sealed class Registrations
{
    private readonly ConcurrentDictionary<ServiceRegistration, bool> _all = new();
    private string? _ailment;

    public bool IsEmpty => _all.IsEmpty;

    /// <inheritdoc cref="IServiceRegistrar.RegisterAsync"/>
    public ValueTask<ServiceRegistration> OpenAsync(GossipNode node, ServiceRecord record, CancellationToken cancellation) =>
        ServiceRegistration.OpenAsync(node, record, this, cancellation);

    /// <summary>Called by the loop when the node has the instance, which is sooner than whoever registers it hears of it.</summary>
    public void Add(ServiceRegistration opened) => _all[opened] = true;

    public void Remove(ServiceRegistration closed) => _all.TryRemove(closed, out _);

    /// <summary>What the cluster is told, where the application says this of an instance.</summary>
    public ServiceRecord ToTell(ServiceRecord record) =>
        Volatile.Read(ref _ailment) is { } why && record.State == ServiceState.Ready
            ? record with { State = ServiceState.Degraded, Reason = why }
            : record;

    /// <summary>Says what ails the process, or null when it is well again, and tells the cluster. Needs no thread of the pool.</summary>
    /// <returns>False when the loop's queue was full: say it again.</returns>
    public bool TryAil(GossipNode node, string? why)
    {
        Volatile.Write(ref _ailment, why);
        return node.TryPost((machine, now, outbox) =>
        {
            foreach (var one in _all.Keys)
                one.TellAgain(machine, now, outbox);
        });
    }

    /// <summary>Tells the cluster that none of them takes anything new.</summary>
    public async ValueTask DrainAsync(string reason, CancellationToken cancellation)
    {
        foreach (var one in _all.Keys)
        {
            try
            {
                await one.DrainAsync(reason, cancellation).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                // Taken back meanwhile, which says more.
            }
        }
    }
}
