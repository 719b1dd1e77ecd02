namespace Gossip.Balancing;

/// <summary>The selectors that the configuration knows by name, and the one that it wants for a service.</summary>
/// <param name="options">The configuration.</param>
/// <param name="zone">The zone of this node; null or empty when it has none.</param>
/// <param name="node">The identity of this node.</param>
internal sealed class NamedPolicies(GossipBalancingOptions options, string? zone, string node)
{
    public const string Standard = "p2c";

    private static readonly (string Name, Func<IInstanceSelector> Create)[] All =
    [
        (Standard, InstanceSelectors.PowerOfTwoChoices),
        ("round-robin", InstanceSelectors.RoundRobin),
        ("random", InstanceSelectors.Random),
        ("least-loaded", InstanceSelectors.LeastLoaded),
        ("consistent-hash", InstanceSelectors.ConsistentHash),
    ];

    public static IEnumerable<string> Names => All.Select(policy => policy.Name);

    public static Func<IInstanceSelector>? Find(string name) =>
        Array.Find(All, policy => string.Equals(policy.Name, name, StringComparison.OrdinalIgnoreCase)).Create;

    /// <summary>A new selector for a view of a service.</summary>
    public IInstanceSelector For(string service)
    {
        var create = options.FindPolicy(options.Policies.GetValueOrDefault(service) ?? options.Policy)!;
        Func<IInstanceSelector> few = options.SubsetSize > 0 ? () => new Subset(node, options.SubsetSize, create()) : create;
        return !string.IsNullOrEmpty(zone) && options.ZoneFirst != false ? new ZoneFirst(zone, few) : few();
    }
}
