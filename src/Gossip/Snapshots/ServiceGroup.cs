using System.Runtime.InteropServices;
using Gossip.Protocol;

namespace Gossip.Snapshots;

/// <summary>The instances of one service in one snapshot.</summary>
internal sealed class ServiceGroup
{
    private readonly ChunkedList<ServiceInstance> _all;
    private readonly ChunkedList<ServiceInstance> _available;
    private readonly Turn _turn;
    private readonly Weights _weights;
    private int[]? _reach;

    private ServiceGroup(string name, ChunkedList<ServiceInstance> all, ChunkedList<ServiceInstance> available, Weights weights, Turn turn)
    {
        _all = all;
        _available = available;
        _weights = weights;
        _turn = turn;
        Name = all.Count > 0 ? all[0].Service : name;
    }

    /// <summary>The name as the first instance writes it.</summary>
    public string Name { get; }

    public IReadOnlyList<ServiceInstance> All => _all;

    public IReadOnlyList<ServiceInstance> Available => _available;

    /// <summary>A service without instances.</summary>
    public static ServiceGroup New(string name) => new(name, ChunkedList<ServiceInstance>.Empty, ChunkedList<ServiceInstance>.Empty, default, new Turn());

    /// <summary>Makes the group that follows from some changes, each of an instance that goes or one that comes, in the group's order.</summary>
    public ServiceGroup With(List<Edit<ServiceInstance>> edits)
    {
        edits.Sort(InstanceOrder.OfEdits);
        var offered = new Edit<ServiceInstance>[edits.Count];
        var weights = _weights;
        for (var i = 0; i < offered.Length; i++)
        {
            var (instance, removes) = edits[i];
            var isOffered = WantsTraffic(instance);
            offered[i] = new Edit<ServiceInstance>(instance, removes || !isOffered);
            if (isOffered)
                weights = weights.With(instance.Weight, removes ? -1 : 1);
        }

        var all = _all.With(CollectionsMarshal.AsSpan(edits), InstanceOrder.Instance);
        // Mostly all are on offer: then one list serves for both.
        var available = ReferenceEquals(_all, _available) && weights.Count == all.Count ? all : _available.With(offered, InstanceOrder.Instance);
        return new ServiceGroup(Name, all, available.Count == all.Count ? all : available, weights, _turn);
    }

    public ServiceInstance? Pick()
    {
        if (_available.Count == 0)
            return null;
        if (_weights.AreEqual)
            return _available[_turn.Next(_available.Count)];
        var reach = _reach ??= Reach();
        var place = reach.AsSpan().BinarySearch(_turn.NextPoint(reach[^1]) + 1);
        // Instances that weigh nothing reach as far as the one before: the first that reaches so far is the one that is meant.
        for (place = place < 0 ? ~place : place; place > 0 && reach[place - 1] == reach[place]; place--)
        {
        }

        return _available[place];
    }

    private static bool WantsTraffic(ServiceInstance instance) => instance.State is ServiceState.Ready or ServiceState.Degraded;

    /// <summary>
    /// Up to where the stretch of each instance reaches, each as long as its weight. Made by the first who picks: where nobody picks, nobody
    /// pays.
    /// </summary>
    private int[] Reach()
    {
        var reach = new int[_available.Count];
        var (sum, count) = (0, 0);
        foreach (var instance in _available)
            reach[count++] = sum += instance.Weight;
        return reach;
    }

    /// <summary>The weights of the instances on offer, summed up: enough to tell whether they are all the same.</summary>
    private readonly record struct Weights(int Count, long Sum, long SumOfSquares)
    {
        /// <summary>The square of the sum is the count times the sum of the squares only where all are equal (Cauchy and Schwarz).</summary>
        public bool AreEqual => (Int128)Sum * Sum == (Int128)Count * SumOfSquares;

        public Weights With(long weight, int times) => new(Count + times, Sum + (times * weight), SumOfSquares + (times * weight * weight));
    }
}
