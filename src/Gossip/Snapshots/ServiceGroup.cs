using Gossip.Protocol;

namespace Gossip.Snapshots;

/// <summary>Whose turn it is. It outlives the snapshots of its service, so that a change of one instance does not start the round anew.</summary>
internal sealed class Turn
{
    /// <summary>Starts anywhere, so that callers that start together do not all pick the same instance first.</summary>
    private int _next = Random.Shared.Next();

    public int Next(int count) => (int)((uint)Interlocked.Increment(ref _next) % (uint)count);
}

/// <summary>The instances of one service in one snapshot.</summary>
internal sealed class ServiceGroup
{
    public ServiceGroup(string name, ServiceInstance[] all, Turn turn)
    {
        Name = name;
        All = all.AsReadOnly();
        var available = Array.FindAll(all, instance => instance.State is ServiceState.Ready or ServiceState.Degraded);
        Available = available.Length == all.Length ? All : available.AsReadOnly();
        Turn = turn;
    }

    public string Name { get; }

    public IReadOnlyList<ServiceInstance> All { get; }

    public IReadOnlyList<ServiceInstance> Available { get; }

    public Turn Turn { get; }

    public ServiceInstance? Pick() => Available.Count == 0 ? null : Available[Turn.Next(Available.Count)];
}
