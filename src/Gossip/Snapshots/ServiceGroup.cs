using Gossip.Protocol;

namespace Gossip.Snapshots;

/// <summary>Whose turn it is. It outlives the snapshots of its service, so that a change of one instance does not start the round anew.</summary>
internal sealed class Turn
{
    /// <summary>Starts anywhere, so that callers that start together do not all pick the same instance first.</summary>
    private int _next = Random.Shared.Next();

    public int Next(int count) => (int)((uint)Interlocked.Increment(ref _next) % (uint)count);

    /// <summary>A point within the total that walks in steps of the golden ratio, so that it visits every stretch evenly and by its length.</summary>
    public int NextPoint(int total) => (int)(((uint)Interlocked.Increment(ref _next) * 2_654_435_769u * (ulong)total) >> 32);
}

/// <summary>The instances of one service in one snapshot.</summary>
internal sealed class ServiceGroup
{
    /// <summary>Null when all weigh the same: then each has its turn.</summary>
    private readonly int[]? _reach;

    public ServiceGroup(string name, ServiceInstance[] all, Turn turn)
    {
        Name = name;
        All = all.AsReadOnly();
        var available = Array.FindAll(all, instance => instance.State is ServiceState.Ready or ServiceState.Degraded);
        Available = available.Length == all.Length ? All : available.AsReadOnly();
        Turn = turn;
        if (available.Length > 0 && Array.Exists(available, instance => instance.Weight != available[0].Weight))
            _reach = Reach(available);
    }

    public string Name { get; }

    public IReadOnlyList<ServiceInstance> All { get; }

    public IReadOnlyList<ServiceInstance> Available { get; }

    public Turn Turn { get; }

    public ServiceInstance? Pick()
    {
        if (Available.Count == 0)
            return null;
        if (_reach is null)
            return Available[Turn.Next(Available.Count)];
        var point = Turn.NextPoint(_reach[^1]);
        return Available[Array.FindIndex(_reach, reach => point < reach)];
    }

    /// <summary>Up to where the stretch of each instance reaches, each as long as its weight.</summary>
    private static int[] Reach(ServiceInstance[] available)
    {
        var reach = new int[available.Length];
        var sum = 0;
        for (var i = 0; i < available.Length; i++)
            reach[i] = sum += available[i].Weight;
        return reach;
    }
}
