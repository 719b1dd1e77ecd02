namespace Gossip.Snapshots;

/// <summary>
/// The order of a service's instances: the same on every node, and a change of an instance does not move it, so that a round keeps its
/// place.
/// </summary>
internal sealed class InstanceOrder : IComparer<ServiceInstance>
{
    public static InstanceOrder Instance { get; } = new();

    /// <summary>By the same order, with a removed element before the one that takes its place.</summary>
    public static Comparison<Edit<ServiceInstance>> OfEdits { get; } = (left, right) =>
    {
        var byInstance = Instance.Compare(left.Item, right.Item);
        return byInstance != 0 ? byInstance : right.Removes.CompareTo(left.Removes);
    };

    public int Compare(ServiceInstance? left, ServiceInstance? right)
    {
        var byOwner = left!.OwnerId.CompareTo(right!.OwnerId);
        return byOwner != 0 ? byOwner : string.CompareOrdinal(left.InstanceId, right.InstanceId);
    }
}
