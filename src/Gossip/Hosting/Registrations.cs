using System.Collections.Concurrent;

namespace Gossip.Hosting;

/// <summary>The instances that this process has registered with one node.</summary>
internal sealed class Registrations
{
    private readonly ConcurrentDictionary<ServiceRegistration, bool> _all = new();

    public bool IsEmpty => _all.IsEmpty;

    /// <inheritdoc cref="IServiceRegistrar.RegisterAsync"/>
    public async ValueTask<ServiceRegistration> OpenAsync(GossipNode node, ServiceRecord record, CancellationToken cancellation)
    {
        var opened = await ServiceRegistration.OpenAsync(node, record, closed => _all.TryRemove(closed, out _), cancellation).ConfigureAwait(false);
        _all[opened] = true;
        return opened;
    }

    /// <summary>Makes one change to each of them.</summary>
    public async ValueTask UpdateAsync(Func<ServiceRegistration, ServiceRecord, ServiceRecord> change)
    {
        foreach (var one in _all.Keys)
        {
            try
            {
                await one.UpdateAsync(record => change(one, record)).ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                // Taken back meanwhile, which says more.
            }
        }
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
