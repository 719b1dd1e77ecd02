namespace Gossip.Balancing;

/// <summary>Which candidates a selector may choose; of one that does not say, such as the application's own, all of them.</summary>
internal static class NarrowedCandidates
{
    /// <inheritdoc cref="INarrowingSelector.Narrow"/>
    /// <param name="selector">The selector.</param>
    /// <param name="candidates">At least one.</param>
    /// <param name="leaves">Told each of the others, with the rule.</param>
    public static IReadOnlyList<ServiceInstance> Of(
        IInstanceSelector selector, IReadOnlyList<ServiceInstance> candidates, Action<ServiceInstance, InstanceRule> leaves) =>
        selector is INarrowingSelector narrowing ? narrowing.Narrow(candidates, leaves) : candidates;

    /// <summary>By weight, as every selector of this library that looks at weights: one of weight 0 is drawn only where all are.</summary>
    public static IReadOnlyList<ServiceInstance> ByWeight(
        IReadOnlyList<ServiceInstance> candidates, Action<ServiceInstance, InstanceRule> leaves)
    {
        if (candidates.All(one => one.Weight == 0))
            return candidates;
        foreach (var one in candidates.Where(one => one.Weight == 0))
            leaves(one, InstanceRule.Weight);
        return [.. candidates.Where(one => one.Weight > 0)];
    }
}
