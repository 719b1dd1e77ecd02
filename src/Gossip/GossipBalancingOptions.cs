using Gossip.Balancing;

namespace Gossip;

/// <summary>How calls are spread over the instances of a service. Nothing needs to be set.</summary>
public sealed class GossipBalancingOptions
{
    private readonly Dictionary<string, Func<IInstanceSelector>> _own = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// What chooses an instance: "p2c", "round-robin", "random", "least-loaded", "consistent-hash", each as in
    /// <see cref="InstanceSelectors"/>, or the name of one that was added with <see cref="GossipBuilder.AddSelector"/>. Default: "p2c", the
    /// better of two by latency and calls in flight.
    /// </summary>
    public string Policy { get; set; } = NamedPolicies.Standard;

    /// <summary>The policies of services that use another one than <see cref="Policy"/>, by the service's name.</summary>
    public Dictionary<string, string> Policies
    {
        get;
        // The application's dictionary may distinguish names that differ only in case: of those the last counts.
        set => field = value is null ? null! : WithoutCase(value);
    } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether calls stay in this node's zone as long as the instances there can bear them. Default: when <see cref="GossipOptions.Zone"/>
    /// is set.
    /// </summary>
    public bool? ZoneFirst { get; set; }

    /// <summary>
    /// How many instances of a service this node calls at most, always the same ones: for services of hundreds of instances, so that not
    /// every node is connected with every instance. With <see cref="ZoneFirst"/> so many of the zone, and so many of all. Default: 0, for
    /// all of them.
    /// </summary>
    public int SubsetSize { get; set; }

    /// <summary>
    /// How long an instance that has just appeared takes to grow from a tenth to all of its share, while it compiles, connects and fills
    /// its caches: 0 to 1 hour of real time, 0 for at once. Default: 10 seconds. "consistent-hash" ignores it, since keys would move back
    /// and forth.
    /// </summary>
    public TimeSpan SlowStart { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After how many failed calls in a row an instance gets no calls of this process for <see cref="BaseEjectionTime"/>: 1 to 1,000.
    /// Default: 5. An unreachable instance is ejected at once; one that errs (<see cref="CallOutcome.Erred"/>) when it fails much more
    /// often than its siblings, after 10 calls within 10 seconds.
    /// </summary>
    public int ConsecutiveFailures { get; set; } = 5;

    /// <summary>
    /// How long an instance is ejected: 10 milliseconds to 1 hour. Then one call may try it, which ends the ejection or doubles its time.
    /// Default: 1 second.
    /// </summary>
    public TimeSpan BaseEjectionTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The limit of the doubled time: up to 1 hour. Default: 30 seconds. An instance that answers, even with errors, is tried after 8
    /// seconds at the latest, unless <see cref="BaseEjectionTime"/> is longer.
    /// </summary>
    public TimeSpan MaxEjectionTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The part of a service's instances that may be ejected at a time, 0 to 1: 0 for no ejection at all. Default: 0.5. When all of them
    /// fail, none is ejected. Degraded instances get no calls while they fit into the same part together with the ejected ones.
    /// </summary>
    public double MaxEjectionRatio { get; set; } = 0.5;

    private static Dictionary<string, string> WithoutCase(Dictionary<string, string> policies)
    {
        var all = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (service, policy) in policies)
            all[service] = policy;
        return all;
    }

    /// <summary>Adds the application's selector under a name, in place of one of the same name.</summary>
    internal void AddPolicy(string name, Func<IInstanceSelector> create) => _own[name] = create;

    /// <summary>Makes the selector of a policy; null when there is none of that name.</summary>
    internal Func<IInstanceSelector>? FindPolicy(string name) => _own.GetValueOrDefault(name) ?? NamedPolicies.Find(name);

    /// <summary>The names of all policies.</summary>
    internal IEnumerable<string> PolicyNames => NamedPolicies.Names.Union(_own.Keys, StringComparer.OrdinalIgnoreCase);
}
