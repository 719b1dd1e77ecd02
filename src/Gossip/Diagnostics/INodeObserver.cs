using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>
/// Observes a node: for measurements, which must know when a reader could first have seen something without polling. The loop calls it, so
/// it must be quick and must not throw. A node without one pays a null check per event.
/// </summary>
internal interface INodeObserver
{
    /// <summary>Something happened; readers do not see it yet.</summary>
    void Happened(in ClusterEvent happened);

    /// <summary>Readers see all that has happened so far.</summary>
    void Published();
}
