namespace Gossip.Hosting;

/// <summary>Registers with the node that runs.</summary>
internal sealed class ServiceRegistrar(GossipLifecycle lifecycle) : IServiceRegistrar
{
    public IServiceRegistration? Own => lifecycle.Own;

    public async ValueTask<IServiceRegistration> RegisterAsync(ServiceRecord record, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(record);
        return await lifecycle.RegisterAsync(record, cancellationToken).ConfigureAwait(false);
    }
}
