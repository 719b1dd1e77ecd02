namespace Gossip.Balancing;

/// <summary>
/// A selector that never chooses some of its candidates, and says which, and by what rule, from the state by which it chooses.
/// </summary>
internal interface INarrowingSelector : IInstanceSelector
{
    /// <summary>The candidates that a call without a key and without a zone of its own may go to, as of now.</summary>
    /// <param name="candidates">At least one.</param>
    /// <param name="leaves">Told each of the others, with the rule.</param>
    IReadOnlyList<ServiceInstance> Narrow(IReadOnlyList<ServiceInstance> candidates, Action<ServiceInstance, InstanceRule> leaves);
}
