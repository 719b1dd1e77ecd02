namespace Gossip.Benchmarks.Cluster;

/// <summary>What a run of the harness does.</summary>
/// <param name="Nodes">Nodes that start in a burst.</param>
/// <param name="Updates">Changes of one record, one after another.</param>
/// <param name="Joins">Nodes that join later, one after another.</param>
/// <param name="Kills">Nodes that end without a goodbye, one after another.</param>
/// <param name="Steady">How long the cluster idles while its costs are measured.</param>
/// <param name="Drop">The share of datagrams that every node loses of what arrives, from the burst to the end.</param>
internal sealed record ClusterPlan(int Nodes, int Updates, int Joins, int Kills, TimeSpan Steady, double Drop = 0)
{
    /// <summary>How the nodes spread news.</summary>
    public GossipProtocolOptions Protocol { get; init; } = new();

    /// <summary>Whether the cluster has a key, so that frames are sealed.</summary>
    public bool IsSealed { get; init; }

    /// <summary>Whether meters and traces are on, and collected every second.</summary>
    public bool IsMetered { get; init; }

    /// <summary>How many threads take the turns of all nodes; 0 when each node has a thread of its own, as in a process.</summary>
    public int Loops { get; init; }

    /// <summary>After the burst: its rumours end, its streams idle out, the runtime compiles what is hot.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long the burst may take.</summary>
    public TimeSpan ConvergeWithin { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long all may take to learn one thing.</summary>
    public TimeSpan LearnWithin { get; init; } = TimeSpan.FromMinutes(1);
}
