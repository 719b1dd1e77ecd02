namespace Gossip.Tests.Networks;

/// <summary>One after the other, and after all that runs side by side: their processes take what processors there are.</summary>
[CollectionDefinition(nameof(LanCollection), DisableParallelization = true)]
public sealed class LanCollection;
