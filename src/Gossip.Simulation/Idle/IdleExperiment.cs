using System.Diagnostics;

namespace Gossip.Simulation;

/// <summary>How fast the simulator is.</summary>
/// <param name="Nodes">The size of a cluster, which stands from the start and is at rest.</param>
/// <param name="Clusters">How many such clusters, which know nothing of each other, one world has.</param>
/// <param name="VirtualS">How long it was simulated, in virtual seconds.</param>
/// <param name="WallS">How long that took in real time.</param>
/// <param name="CpuS">How much processor time it took: the better measure on a shared machine.</param>
/// <param name="Events">Deliveries and ticks in that time.</param>
/// <param name="EventsPerS">Events per second of real time.</param>
/// <param name="EventsPerCpuS">Events per second of processor time.</param>
/// <param name="VirtualSPerWallS">Above 1 the simulation is faster than real time.</param>
/// <param name="PacketsPerNodeS">Datagrams that a node sent per virtual second.</param>
/// <param name="AllocatedBPerEvent">Bytes allocated per event.</param>
/// <param name="HeapMb">Live objects of the whole world, in 10⁶ bytes.</param>
/// <param name="HeapBPerRow">Bytes of live objects for each row of each node's table: a world grows with the square of its size.</param>
/// <param name="BuildS">How long it took to build the world.</param>
/// <param name="InAgreement">Whether all nodes still knew the same when it was over.</param>
internal sealed record IdleResult(
    int Nodes,
    int Clusters,
    double VirtualS,
    double WallS,
    double CpuS,
    long Events,
    double EventsPerS,
    double EventsPerCpuS,
    double VirtualSPerWallS,
    double PacketsPerNodeS,
    double AllocatedBPerEvent,
    double HeapMb,
    double HeapBPerRow,
    double BuildS,
    bool InAgreement);

/// <summary>A cluster at rest, with the real protocol in it: what does a virtual second of it cost?</summary>
internal static class IdleExperiment
{
    /// <summary>The members share their probe rounds by then.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(7);

    /// <summary>How long a small cluster runs first, until the runtime has compiled the hot paths: about a second of real time.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromHours(4);

    /// <summary>Runs the experiment on one thread. All but the measured times and bytes follows from the arguments.</summary>
    /// <param name="nodes">The size of a cluster.</param>
    /// <param name="span">How long to simulate.</param>
    /// <param name="clusters">How many clusters: each table holds only its own cluster, so that many nodes fit into the memory of
    /// few.</param>
    /// <param name="seed">From which everything follows.</param>
    public static IdleResult Run(int nodes, TimeSpan span, int clusters = 1, ulong seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, 2);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(span, TimeSpan.Zero);
        using (var small = new World(seed) { KeepsObservations = false })
        {
            small.AddStandingCluster(16);
            small.RunFor(WarmUp);
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var building = Stopwatch.StartNew();
        using var world = new World(seed) { KeepsObservations = false };
        for (var cluster = 0; cluster < clusters; cluster++)
            world.AddStandingCluster(nodes);
        building.Stop();
        world.RunFor(Settle);
        var (events, packets) = (world.Events, world.Network.Datagrams);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var processor = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        world.RunFor(span);
        watch.Stop();
        var cpuS = (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        (events, packets) = (world.Events - events, world.Network.Datagrams - packets);
        var heap = GC.GetTotalMemory(forceFullCollection: true) - before;
        var (virtualS, wallS) = (span.TotalSeconds, watch.Elapsed.TotalSeconds);
        return new IdleResult(
            nodes,
            clusters,
            virtualS,
            Math.Round(wallS, 4),
            Math.Round(cpuS, 4),
            events,
            Math.Round(events / wallS),
            Math.Round(events / cpuS),
            Math.Round(virtualS / wallS, 3),
            Math.Round(packets / virtualS / nodes / clusters, 3),
            Math.Round((double)allocated / events, 2),
            Math.Round(heap / 1e6, 1),
            Math.Round((double)heap / nodes / nodes / clusters, 1),
            Math.Round(building.Elapsed.TotalSeconds, 2),
            world.Nodes.All(node => node.SeesAlive(nodes)));
    }
}
