// Most of these tests wait for other processes, and hold no processor meanwhile.
[assembly: CollectionBehavior(MaxParallelThreads = 6)]
