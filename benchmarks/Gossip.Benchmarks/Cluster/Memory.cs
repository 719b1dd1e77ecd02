namespace Gossip.Benchmarks.Cluster;

/// <summary>The memory of this process at a moment.</summary>
/// <param name="ResidentKilobytes">Resident as it is, garbage included: what a machine's owner sees.</param>
/// <param name="CollectedKilobytes">Resident after the garbage was collected and its pages given back.</param>
/// <param name="HeapBytes">Live objects.</param>
internal sealed record Memory(long ResidentKilobytes, long CollectedKilobytes, long HeapBytes)
{
    public static Memory Read()
    {
        var resident = Costs.ResidentKilobytes();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return new Memory(resident, Costs.ResidentKilobytes(), GC.GetTotalMemory(forceFullCollection: false));
    }
}
