namespace Gossip.Configuration;

/// <summary>
/// The consecutive ports at which a node listens, if one of them is free and no other is configured, and at which nodes of one machine look
/// for each other.
/// </summary>
internal static class WellKnownPorts
{
    /// <summary>Enough for the clusters of one machine and for ports that are taken by chance, few enough to ask each second.</summary>
    public const int Count = 4;

    /// <summary>The first one, where nothing else is configured.</summary>
    public const int First = 7390;

    /// <summary>The last one, where nothing else is configured.</summary>
    public const int Last = First + Count - 1;

    public static IEnumerable<int> From(int first) => Enumerable.Range(first, Count);
}
