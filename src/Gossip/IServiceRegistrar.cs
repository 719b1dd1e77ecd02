namespace Gossip;

/// <summary>Registers instances of services with this node, which tells the cluster.</summary>
public interface IServiceRegistrar
{
    /// <summary>
    /// The instance that this process is, to change what the cluster is told of it, or to drain it. Null until the host has started and the
    /// server listens, and in a process that registers none, as <see cref="GossipServiceOptions.Register"/> says. Health checks make its
    /// state worse than application code has set it, never better, and do not touch one that drains.
    /// </summary>
    IServiceRegistration? Own { get; }

    /// <summary>
    /// Registers an instance. When the task is done, this node has it, and the others are being told. Endpoints at the node's own address
    /// follow it when the machine's address changes. A service name that no URI can carry as its host, or that means something else there,
    /// such as "a b" or "123", is registered too, but cannot be called by <see cref="GossipHttpHandler"/>: a warning is logged.
    /// </summary>
    /// <exception cref="ArgumentException">A value of the record is out of its range; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The node does not run, has an instance of that id, or has as many as it may.</exception>
    ValueTask<IServiceRegistration> RegisterAsync(ServiceRecord record, CancellationToken cancellationToken = default);
}

/// <summary>An instance that this node has registered. Disposing takes it back.</summary>
public interface IServiceRegistration : IAsyncDisposable
{
    /// <summary>
    /// What this process says of the instance, and the cluster is told. Only while the thread pool of the process is blocked, the cluster
    /// is told of one that is ready that it is degraded, and why.
    /// </summary>
    ServiceRecord Record { get; }

    /// <summary>
    /// Changes what the cluster is told, as in <c>UpdateAsync(record => record with { Weight = 50 })</c>. The change may be asked for
    /// more than once when several are made at a time. One that hands back the record itself changes nothing.
    /// </summary>
    /// <exception cref="ArgumentException">A value is out of its range, or the change gives the instance another id.</exception>
    /// <exception cref="ObjectDisposedException">The instance was taken back.</exception>
    /// <exception cref="InvalidOperationException">The node has stopped, or its records would take more than they may.</exception>
    ValueTask UpdateAsync(Func<ServiceRecord, ServiceRecord> change, CancellationToken cancellationToken = default);

    /// <summary>Tells the cluster that the instance finishes what it has and takes nothing new.</summary>
    /// <param name="reason">Why, for people, at most 512 bytes; null to say nothing.</param>
    /// <param name="cancellationToken">Ends the wait for the node's loop.</param>
    /// <exception cref="ArgumentException">The reason is longer, or has control, format or line separator characters.</exception>
    /// <exception cref="ObjectDisposedException">The instance was taken back.</exception>
    /// <exception cref="InvalidOperationException">The node has stopped, or its records would take more than they may.</exception>
    ValueTask DrainAsync(string? reason = null, CancellationToken cancellationToken = default);
}
