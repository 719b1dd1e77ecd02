namespace Gossip.Hosting;

/// <summary>Registers with the node that runs.</summary>
internal sealed class ServiceRegistrar(GossipLifecycle lifecycle) : IServiceRegistrar
{
    public async ValueTask<IServiceRegistration> RegisterAsync(ServiceRecord record, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(record);
        return await ServiceRegistration.OpenAsync(lifecycle.Running, record, cancellationToken).ConfigureAwait(false);
    }
}
