namespace Gossip.Loop;

/// <content>Waiting until the node has the state of the cluster.</content>
internal sealed partial class GossipNode
{
    private readonly TaskCompletionSource<DateTimeOffset> _synchronized = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>
    /// Completes when the node has the state of the cluster from another node, with the moment; never for a node that stays alone.
    /// </summary>
    internal Task<DateTimeOffset> Synchronized => _synchronized.Task;

    /// <summary>When the node was made.</summary>
    internal DateTimeOffset StartedAt => _clock.StartedAt;

    /// <summary>The wall clock's time, by which events are dated.</summary>
    internal DateTimeOffset Now => StartedAt + Uptime;

    /// <summary>Called after the snapshot was published, so that a caller that has waited finds the state in it.</summary>
    private void TellWhoWaits()
    {
        if (_node.IsSynchronized && !_synchronized.Task.IsCompleted)
            _synchronized.TrySetResult(_clock.ToWallClock(_clock.Now));
    }
}
