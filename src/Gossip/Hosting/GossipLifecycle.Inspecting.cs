using Gossip.Inspection;
using Gossip.Loop;

namespace Gossip.Hosting;

/// <content>What this process tells other members that ask, and what it asks them, when somebody looks.</content>
internal sealed partial class GossipLifecycle
{
    private ClusterInspection? _inspection;

    /// <summary>Asks the cluster. Whoever comes first makes it, for all.</summary>
    public ClusterInspection Inspection
    {
        get
        {
            if (Volatile.Read(ref _inspection) is null)
            {
                var made = new ClusterInspection(() => Running, (topic, since) => Tell(Running, topic, since), time);
                Interlocked.CompareExchange(ref _inspection, made, null);
            }

            return _inspection!;
        }
    }

    /// <summary>Whom this process called in the last minute.</summary>
    public CallsReport Calls => CallsOf(Running);

    private CallsReport CallsOf(GossipNode node) =>
        CallsContent.Of(Own?.Record.Service ?? node.Identity.Name, node.Published, node.FormerInstances);

    /// <summary>What a member is told that asks; null for a topic of a later version.</summary>
    private byte[]? Tell(GossipNode node, byte topic, long since) => (InspectionTopic)topic switch
    {
        InspectionTopic.Events => EventsContent.Write(node.EventsSince(since)),
        InspectionTopic.Calls => CallsContent.Write(CallsOf(node)),
        _ => null,
    };
}
