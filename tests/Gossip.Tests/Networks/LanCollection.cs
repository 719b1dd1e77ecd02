// Most tests here wait for processes and packets; with one thread for each of two processors those would stand idle.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]

namespace Gossip.Tests.Networks;

/// <summary>One after the other, beside all else: they share the machine's network namespaces.</summary>
[CollectionDefinition(nameof(LanCollection))]
public sealed class LanCollection;
