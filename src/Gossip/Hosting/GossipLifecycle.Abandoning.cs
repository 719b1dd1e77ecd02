namespace Gossip.Hosting;

/// <content>An end that the cluster is not told of.</content>
internal sealed partial class GossipLifecycle
{
    /// <summary>
    /// Closes the node without a drain and without a goodbye, as if the process were killed: what it has registered stays with the others
    /// until they notice. This is for an agent that comes back within that time, and whose services run on.
    /// </summary>
    public async ValueTask AbandonAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
            return;
        if (_follower is not null)
            await _follower.DisposeAsync().ConfigureAwait(false);
        await StopSeedsAsync().ConfigureAwait(false);
        // The end of the process would say goodbye.
        _lastWord?.Dispose();
        if (_node is not null)
            await _node.DisposeAsync().ConfigureAwait(false);
    }
}
