using Gossip.Protocol;

namespace Gossip;

/// <content>Waiting until the node has the state of the cluster.</content>
internal sealed partial class GossipNode
{
    private readonly TaskCompletionSource _synchronized = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the node has the state of the cluster, from another; never for a node that stays alone.</summary>
    internal Task Synchronized => _synchronized.Task;

    private void TellWhoWaits(in ClusterEvent happened)
    {
        if (happened.Kind == ClusterEventKind.Synchronized)
            _synchronized.TrySetResult();
    }
}
