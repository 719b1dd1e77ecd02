using Gossip.Loop;
using Gossip.Protocol;

namespace Gossip.Hosting;

/// <summary>
/// One registered instance. A change, which is the caller's code, is made to a copy of the record here, and taken over by the loop unless
/// another change was faster. So no change is lost, and <see cref="Record"/> is always what the node has taken over.
/// </summary>
internal sealed class ServiceRegistration : IServiceRegistration
{
    private readonly GossipNode _node;
    private readonly Registrations _all;
    private ServiceRecord _record;
    private int _disposed;

    private ServiceRegistration(GossipNode node, ServiceRecord record, Registrations all)
    {
        _node = node;
        _all = all;
        _record = record;
    }

    public ServiceRecord Record => Volatile.Read(ref _record);

    /// <param name="node">Tells the cluster.</param>
    /// <param name="record">The record to register.</param>
    /// <param name="all">The instances of the process, to which it is added; also told of another name.</param>
    /// <param name="cancellation">Ends the wait for a place in the loop's queue.</param>
    public static async ValueTask<ServiceRegistration> OpenAsync(
        GossipNode node, ServiceRecord record, Registrations all, CancellationToken cancellation)
    {
        record.Validate();
        var opened = new ServiceRegistration(node, record, all);
        await node.AskAsync(
            (machine, now, outbox) =>
            {
                if (machine.Self.Records.Find(record.InstanceId) is { IsTombstone: false })
                    throw new InvalidOperationException(
                        $"This node has an instance '{record.InstanceId}' already. Update its registration, or choose another InstanceId.");
                machine.Register(now, all.ToTell(record), outbox);
                all.Add(opened);
                return true;
            },
            cancellation).ConfigureAwait(false);
        return opened;
    }

    public async ValueTask UpdateAsync(Func<ServiceRecord, ServiceRecord> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        try
        {
            while (!await TryUpdateAsync(change, cancellationToken).ConfigureAwait(false))
            {
                // Another change came first: this one is made again, to the current record.
            }
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidOperationException)
        {
            _all.Refuse(Record, refused);
            throw;
        }
    }

    public ValueTask DrainAsync(string? reason = null, CancellationToken cancellationToken = default) =>
        UpdateAsync(record => record with { State = ServiceState.Draining, Reason = reason }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        _all.Remove(this);
        try
        {
            await _node.AskAsync((machine, now, outbox) => machine.Deregister(now, Record.InstanceId, outbox)).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // The node has stopped, and its instances went with it.
        }
    }

    /// <summary>Called by the loop when the same record is to be sent with another state.</summary>
    public void TellAgain(Node machine, Instant now, IOutbox outbox)
    {
        try
        {
            if (Volatile.Read(ref _disposed) == 0)
                machine.Register(now, _all.ToTell(Record), outbox);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // The record has its largest size, and leaves no room for a reason, so it stays unchanged.
        }
    }

    /// <summary>False when another caller changed the record meanwhile.</summary>
    private async ValueTask<bool> TryUpdateAsync(Func<ServiceRecord, ServiceRecord> change, CancellationToken cancellation)
    {
        var before = Record;
        var after = change(before)
            ?? throw new ArgumentException($"The change of instance '{before.InstanceId}' made no record.", nameof(change));
        if (ReferenceEquals(after, before))
            return true;
        after.Validate();
        if (after.InstanceId != before.InstanceId)
            throw new ArgumentException(
                $"The change turns instance '{before.InstanceId}' into '{after.InstanceId}'; "
                    + "register another instance instead.", nameof(change));
        var isDone = await _node.AskAsync(
            (machine, now, outbox) =>
            {
                if (Volatile.Read(ref _disposed) != 0)
                    return true;
                if (!ReferenceEquals(Record, before))
                    return false;
                machine.Register(now, _all.ToTell(after), outbox);
                Volatile.Write(ref _record, after);
                return true;
            },
            cancellation).ConfigureAwait(false);
        if (isDone && after.Service != before.Service)
            _all.Name(this);
        return isDone;
    }
}
