// Most tests here wait for processes and packets; with one thread for each of two processors those would stand idle.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]

namespace Gossip.Tests.Networks;

/// <summary>Networks in which nothing breaks: one after the other, beside all else, for each is several processes.</summary>
[CollectionDefinition(nameof(LanCollection))]
public sealed class LanCollection;

/// <summary>Networks in which something breaks: one after the other, beside all else.</summary>
[CollectionDefinition(nameof(BrokenLanCollection))]
public sealed class BrokenLanCollection;
