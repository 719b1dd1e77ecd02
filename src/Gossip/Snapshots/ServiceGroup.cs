using System.Runtime.InteropServices;

namespace Gossip.Snapshots;

/// <summary>The instances of one service in one snapshot.</summary>
internal sealed class ServiceGroup
{
    private readonly ChunkedList<ServiceInstance> _all;
    private readonly ChunkedList<ServiceInstance> _available;

    private ServiceGroup(string name, ChunkedList<ServiceInstance> all, ChunkedList<ServiceInstance> available)
    {
        _all = all;
        _available = available;
        Name = all.Count > 0 ? all[0].Service : name;
    }

    /// <summary>The name as the first instance writes it.</summary>
    public string Name { get; }

    public IReadOnlyList<ServiceInstance> All => _all;

    public IReadOnlyList<ServiceInstance> Available => _available;

    /// <summary>A service without instances.</summary>
    public static ServiceGroup New(string name) => new(name, ChunkedList<ServiceInstance>.Empty, ChunkedList<ServiceInstance>.Empty);

    /// <summary>
    /// Makes the group that follows from some changes, each of an instance that is removed or added, in the group's order.
    /// </summary>
    public ServiceGroup With(List<Edit<ServiceInstance>> edits)
    {
        edits.Sort(InstanceOrder.OfEdits);
        var offered = new Edit<ServiceInstance>[edits.Count];
        var unavailable = 0;
        for (var i = 0; i < offered.Length; i++)
        {
            var (instance, removes) = edits[i];
            offered[i] = new Edit<ServiceInstance>(instance, removes || !instance.WantsTraffic);
            unavailable += removes || instance.WantsTraffic ? 0 : 1;
        }

        var all = _all.With(CollectionsMarshal.AsSpan(edits), InstanceOrder.Instance);
        // Mostly all are available: then one list serves for both.
        var available = ReferenceEquals(_all, _available) && unavailable == 0 ? all : _available.With(offered, InstanceOrder.Instance);
        return new ServiceGroup(Name, all, available.Count == all.Count ? all : available);
    }
}
