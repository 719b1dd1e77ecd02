using Gossip.Diagnostics;
using Gossip.Loop;
using Gossip.Snapshots;

namespace Gossip.Hosting;

/// <summary>
/// The spans of a node's way into the cluster. They are made afterwards, with the moments that the node has kept, since it starts before
/// whatever collects traces in the same host.
/// </summary>
internal static class JoinSpans
{
    /// <summary>Completes when the node has the state of the cluster; never for one that stays alone.</summary>
    public static async Task AddAsync(GossipNode node, SnapshotFeed feed)
    {
        var synchronized = await node.Synchronized.ConfigureAwait(false);
        var others = feed.Newest.Snapshot.Members.Where(member => !member.IsSelf).ToList();
        if (others.Count > 0)
            GossipActivity.Add("gossip.join", node.StartedAt, others.Min(member => member.Since), "gossip.members", others.Count + 1);
        GossipActivity.Add("gossip.first_sync", node.StartedAt, synchronized, "gossip.members", others.Count + 1);
    }
}
