using System.Collections.Concurrent;
using Gossip.Discovery;
using Gossip.Http;
using Microsoft.Extensions.Logging;

namespace Gossip.Hosting;

/// <summary>The instances that this process has registered with one node.</summary>
/// <param name="logger">Hears of names by which nobody can call.</param>
internal sealed partial class Registrations(ILogger logger)
{
    private readonly ConcurrentDictionary<ServiceRegistration, bool> _all = new();

    public bool IsEmpty => _all.IsEmpty;

    /// <inheritdoc cref="IServiceRegistrar.RegisterAsync"/>
    public async ValueTask<ServiceRegistration> OpenAsync(GossipNode node, ServiceRecord record, CancellationToken cancellation)
    {
        var opened = await ServiceRegistration.OpenAsync(node, record, this, cancellation).ConfigureAwait(false);
        _all[opened] = true;
        Name(opened);
        return opened;
    }

    /// <summary>An instance was taken back.</summary>
    public void Close(ServiceRegistration closed) => _all.TryRemove(closed, out _);

    /// <summary>An instance has got its name: warns of one that no address can carry, unless another instance has it too.</summary>
    public void Name(ServiceRegistration named)
    {
        var service = named.Record.Service;
        if (CalledName.Obstacle(service) is { } obstacle
            && !_all.Keys.Any(one => one != named && ServiceNames.AreSame(one.Record.Service, service)))
            CannotBeCalled(logger, service, obstacle);
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

    [LoggerMessage(72, LogLevel.Warning,
        "'{Service}' is registered, but HttpClient cannot call it by that name: {Obstacle}. IServiceDiscovery finds it all the same; for calls "
        + "by name give it another, of letters, digits, '-', '_' and '.' that is no number: Gossip:Service:Name, or the record's Service")]
    private static partial void CannotBeCalled(ILogger logger, string service, string obstacle);
}
