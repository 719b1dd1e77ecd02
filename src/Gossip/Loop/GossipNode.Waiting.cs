namespace Gossip.Loop;

/// <content>Waiting until the node has the state of the cluster.</content>
internal sealed partial class GossipNode
{
    private readonly TaskCompletionSource _synchronized = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the node has the state of the cluster, from another; never for a node that stays alone.</summary>
    internal Task Synchronized => _synchronized.Task;

    /// <summary>After the snapshot, so that whoever has waited finds the state there.</summary>
    private void TellWhoWaits()
    {
        if (_node.IsSynchronized)
            _synchronized.TrySetResult();
    }
}
