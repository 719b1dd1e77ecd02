namespace Gossip.Hosting;

/// <summary>
/// One registered instance. A change is made to a copy of the record here, since it is the caller's code, and taken over by the loop unless
/// another change was faster: so no change is lost, and <see cref="Record"/> is never anything that the cluster was not told.
/// </summary>
internal sealed class ServiceRegistration : IServiceRegistration
{
    private readonly GossipNode _node;
    private ServiceRecord _record;
    private int _disposed;

    private ServiceRegistration(GossipNode node, ServiceRecord record)
    {
        _node = node;
        _record = record;
    }

    public ServiceRecord Record => Volatile.Read(ref _record);

    public static async ValueTask<ServiceRegistration> OpenAsync(GossipNode node, ServiceRecord record, CancellationToken cancellation)
    {
        record.Validate();
        await node.AskAsync(
            (machine, now, outbox) =>
            {
                if (machine.ServicesOf(node.Identity.Id).Any(one => one.InstanceId == record.InstanceId))
                    throw new InvalidOperationException($"This node has an instance '{record.InstanceId}' already. Update its registration, or choose another InstanceId.");
                machine.Register(now, record, outbox);
                return true;
            },
            cancellation).ConfigureAwait(false);
        return new ServiceRegistration(node, record);
    }

    public async ValueTask UpdateAsync(Func<ServiceRecord, ServiceRecord> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        while (!await TryUpdateAsync(change, cancellationToken).ConfigureAwait(false))
        {
            // Another change came first: this one is made anew, to what the record is now.
        }
    }

    public ValueTask DrainAsync(CancellationToken cancellationToken = default) =>
        UpdateAsync(record => record with { State = ServiceState.Draining }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        try
        {
            await _node.AskAsync((machine, now, outbox) => machine.Deregister(now, Record.InstanceId, outbox)).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // The node has stopped, and its instances went with it.
        }
    }

    /// <summary>False when the record was changed by somebody else meanwhile.</summary>
    private ValueTask<bool> TryUpdateAsync(Func<ServiceRecord, ServiceRecord> change, CancellationToken cancellation)
    {
        var before = Record;
        var after = change(before);
        after.Validate();
        if (after.InstanceId != before.InstanceId)
            throw new ArgumentException($"The change turns instance '{before.InstanceId}' into '{after.InstanceId}'; register another instance instead.", nameof(change));
        return _node.AskAsync(
            (machine, now, outbox) =>
            {
                if (Volatile.Read(ref _disposed) != 0)
                    return true;
                if (!ReferenceEquals(Record, before))
                    return false;
                machine.Register(now, after, outbox);
                Volatile.Write(ref _record, after);
                return true;
            },
            cancellation);
    }
}
