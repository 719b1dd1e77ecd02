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

    /// <summary>The policies of services that want another one than <see cref="Policy"/>, by the service's name.</summary>
    public Dictionary<string, string> Policies
    {
        get;
        // A dictionary of the application's may tell names apart that are one service: of those the last counts.
        set => field = value is null ? null! : WithoutCase(value);
    } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether calls stay in this node's zone as long as the instances there can bear them. Default: when <see cref="GossipOptions.Zone"/>
    /// is set.
    /// </summary>
    public bool? ZoneFirst { get; set; }

    /// <summary>
    /// How many instances of a service this node calls at most, always the same ones: for services of hundreds of instances, so that not
    /// everybody is connected with everybody. With <see cref="ZoneFirst"/> so many of the zone, and so many of all. 0, the default, for all
    /// of them.
    /// </summary>
    public int SubsetSize { get; set; }

    /// <summary>
    /// How long an instance that has just appeared takes to grow from a tenth to all of its share, while it compiles, connects and fills
    /// its caches: 0 to 1 hour of real time, 0 for at once. Default: 10 seconds. "consistent-hash" does not heed it, since keys would move
    /// to and fro.
    /// </summary>
    public TimeSpan SlowStart { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After how many calls in a row that failed an instance gets no calls of this process for <see cref="BaseEjectionTime"/>: 1 to 1,000.
    /// Default: 5. An instance that cannot be connected to is ejected at once; one that errs (<see cref="CallOutcome.Erred"/>) when it
    /// fails much more often than its siblings, after 10 calls within 10 seconds.
    /// </summary>
    public int ConsecutiveFailures { get; set; } = 5;

    /// <summary>
    /// How long an instance is ejected: then one call may try it, and ends the ejection or doubles its time. 10 milliseconds to 1 hour.
    /// Default: 1 second.
    /// </summary>
    public TimeSpan BaseEjectionTime { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// What the doubled time is limited to: up to 1 hour. Default: 30 seconds. An instance that answers, if only with errors, is
    /// tried after 8 seconds at the latest, unless <see cref="BaseEjectionTime"/> is longer.
    /// </summary>
    public TimeSpan MaxEjectionTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The part of a service's instances that may be ejected at a time, 0 to 1: 0 for no ejection at all. Default: 0.5. When all of them
    /// fail, none is ejected. Instances that are degraded get no calls while they fit into the same part, those that are ejected included.
    /// </summary>
    public double MaxEjectionRatio { get; set; } = 0.5;

    private static Dictionary<string, string> WithoutCase(Dictionary<string, string> policies)
    {
        var all = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (service, policy) in policies)
            all[service] = policy;
        return all;
    }

    /// <summary>Names the maker of a selector of the application's own, in the place of one of the same name.</summary>
    internal void AddPolicy(string name, Func<IInstanceSelector> create) => _own[name] = create;

    /// <summary>The maker of a policy; null when there is none of that name.</summary>
    internal Func<IInstanceSelector>? FindPolicy(string name) => _own.GetValueOrDefault(name) ?? NamedPolicies.Find(name);

    /// <summary>The names of all policies.</summary>
    internal IEnumerable<string> PolicyNames => NamedPolicies.Names.Union(_own.Keys, StringComparer.OrdinalIgnoreCase);
}
