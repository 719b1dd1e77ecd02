using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip;

/// <summary>One running instance of a service, as its owner describes it.</summary>
public sealed class ServiceInstance
{
    /// <summary>What the statistics of instances have in common that the application has made.</summary>
    private static readonly BalancingClock Made = new(TimeProvider.System);

    /// <summary>What only some readers want to know.</summary>
    private ServiceRecord? _details;

    /// <summary>An <see cref="InstanceStatistics"/> or, before its first use, the <see cref="StatisticsSource"/> that makes it.</summary>
    private object _statistics;

    /// <summary>An instance that a node owns.</summary>
    /// <param name="record">What the owner says of it.</param>
    /// <param name="owner">The owner.</param>
    /// <param name="self">Where this node is.</param>
    /// <param name="source">What makes its statistics at first use: of most instances a process only knows.</param>
    internal ServiceInstance(StoredRecord record, MemberProfile owner, PeerAddress self, StatisticsSource source)
    {
        Record = record;
        Owner = owner;
        RefusedEndpoints = record.Refused(owner.Address, self);
        _statistics = source;
    }

    /// <summary>An instance that takes the place of another, whose record, or whose owner, has changed.</summary>
    internal ServiceInstance(StoredRecord record, MemberProfile owner, PeerAddress self, InstanceStatistics statistics)
    {
        Record = record;
        Owner = owner;
        RefusedEndpoints = record.Refused(owner.Address, self);
        _statistics = statistics;
    }

    /// <summary>An instance that no node tells of: it stands in a configuration, or the application has made it.</summary>
    internal ServiceInstance(ServiceRecord record, InstanceStatistics statistics, MemberProfile? owner = null)
    {
        _details = record;
        _statistics = statistics;
        Owner = owner;
    }

    /// <summary>The service's name, as its owner writes it; names are compared without case.</summary>
    public string Service => Record?.Service ?? Read().Service;

    /// <summary>Names the instance among all records of its node.</summary>
    public string InstanceId => Record?.InstanceId ?? Read().InstanceId;

    /// <summary>The version of the software; null when not told.</summary>
    public string? Version => Read().Version;

    /// <summary>Whether the instance wants traffic, by its own word.</summary>
    public ServiceState State => OwnState == ServiceState.Ready && IsOrphaned ? ServiceState.Degraded : OwnState;

    /// <summary>Why it is in that state, for people; null when it does not tell.</summary>
    public string? Reason => IsOrphaned && Lease is { } lease ? $"agent gone: {lease.Agent}" : Read().Reason;

    /// <summary>The share of traffic that the instance asks for, relative to its siblings.</summary>
    public int Weight => Record?.Weight ?? Read().Weight;

    /// <summary>The zone of the instance or, where it names none, of its node; null when it has none.</summary>
    public string? Zone => (Record is null ? Read().Zone : Record.Zone) ?? (Owner is { Zone.Length: > 0 } ? Owner.Zone : null);

    /// <summary>The region that it runs in; null when not told.</summary>
    public string? Region => Read().Region;

    /// <summary>What it is part of, such as "Production"; null when not told.</summary>
    public string? Environment => Read().Environment;

    /// <summary>The name of the machine that it runs on; null when not told.</summary>
    public string? Host => Read().Host;

    /// <summary>The <see cref="MemberSnapshot.Id"/> of its node; null for one that stands in a configuration.</summary>
    public string? NodeId => Owner?.Id.ToString();

    /// <summary>The name of the node that owns the instance; null for one that stands in a configuration.</summary>
    public string? NodeName => Owner?.Name;

    /// <summary>Grows with every change that the owner makes to any of its instances; 0 for one that no node tells of.</summary>
    public long Revision => (long)ulong.Min(Record?.Version ?? 0, long.MaxValue);

    /// <summary>
    /// Where the instance is reached, its preferred endpoint first; without those that name an address of loopback, of one link or of a
    /// platform's metadata, unless that is where its node answers.
    /// </summary>
    public IReadOnlyList<ServiceEndpoint> Endpoints => Read().Endpoints;

    /// <summary>Free labels.</summary>
    public IReadOnlyList<string> Tags => Read().Tags;

    /// <summary>Free key/value pairs.</summary>
    public IReadOnlyDictionary<string, string> Metadata => Read().Metadata;

    /// <summary>The services that it cannot do its work without.</summary>
    public IReadOnlyList<string> DependsOn => Read().DependsOn;

    /// <summary>The roles of callers that it serves; empty when it does not say.</summary>
    public IReadOnlyList<string> AuthorizedRoles => Read().AuthorizedRoles;

    /// <summary>
    /// What the agent says that registered it; null for an instance that registered itself, or whose process did.
    /// </summary>
    public ServiceLease? Lease => Record is null ? Read().Lease : Record.Head.Lease;

    /// <summary>
    /// Whether the node that registered it has gone, and its <see cref="Lease"/> still runs: it may live on, and is shown as degraded.
    /// </summary>
    public bool IsOrphaned { get; internal init; }

    /// <summary>The address of the first endpoint; null when the instance has none.</summary>
    public Uri? Uri => Endpoints.Count > 0 ? Endpoints[0].Uri : null;

    /// <summary>Calls of this process that the instance has not answered yet, as far as they were told by <see cref="Begin"/>.</summary>
    public int InFlight => Begun?.InFlight ?? 0;

    /// <summary>How long this process waited for its answers of late, slow ones counting more; null when it does not know.</summary>
    public TimeSpan? Latency => Begun?.Latency is > 0 and var milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;

    /// <summary>
    /// Whether its node refutes what is said of it but answers nothing that this node asks: then nobody here is sent to it, until it
    /// answers. Other nodes may well reach it.
    /// </summary>
    public bool IsOutOfReach { get; internal init; }

    /// <summary>
    /// Whether it gets no calls of this process for a while, because it failed this process; unless more than
    /// <see cref="GossipBalancingOptions.MaxEjectionRatio"/> of its siblings are ejected, too. Nobody else is told.
    /// </summary>
    public bool IsEjected => Ejection is not null;

    /// <summary>
    /// Since when and for how long callers pass over it; null when they do not. Whoever asks does not make its <see cref="Statistics"/>.
    /// </summary>
    internal Ejection? Ejection => Begun?.Ejection;

    /// <summary>What this process has to do with the instance. It outlives changes of the record.</summary>
    internal InstanceStatistics Statistics => Begun ?? MakeStatistics();

    /// <summary>The same, as far as there is any: to look at an instance is not to use it.</summary>
    internal InstanceStatistics? Begun => Volatile.Read(ref _statistics) as InstanceStatistics;

    /// <summary>Endpoints that its owner names and that are handed to nobody: <see cref="SpecialAddresses"/>.</summary>
    internal IReadOnlyList<ServiceEndpoint> RefusedEndpoints { get; } = [];

    /// <summary>Whether it has endpoints, and all of them are refused.</summary>
    internal bool IsRefused => RefusedEndpoints.Count > 0 && Endpoints.Count == 0;

    /// <summary>Whether it takes traffic: it is ready or degraded, this node reaches it, and it may be called.</summary>
    internal bool WantsTraffic => !IsOutOfReach && !IsRefused && TakesTraffic(State);

    /// <summary>What its owner said last.</summary>
    private ServiceState OwnState => Record?.State ?? Read().State;

    /// <summary>Null for an instance that no node tells of.</summary>
    internal StoredRecord? Record { get; }

    internal MemberProfile? Owner { get; }

    /// <summary>The default for an instance that stands in a configuration.</summary>
    internal MemberId OwnerId => Owner?.Id ?? default;

    /// <summary>Whether an instance in that state takes traffic.</summary>
    internal static bool TakesTraffic(ServiceState state) => state is ServiceState.Ready or ServiceState.Degraded;

    /// <summary>
    /// Makes an instance that no node tells of, as a test of the application's needs it: it can be selected, called and ejected as any
    /// other, by the default of <see cref="GossipBalancingOptions"/> and the system's clock.
    /// </summary>
    /// <param name="record">What is known of it.</param>
    /// <param name="nodeName">The name of the node that owns it, as in <see cref="MemberSnapshot.Create"/>.</param>
    /// <exception cref="ArgumentException">
    /// A value of the record is out of its range, or <paramref name="nodeName"/> is empty; the message names it.
    /// </exception>
    public static ServiceInstance Create(ServiceRecord record, string nodeName)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentException.ThrowIfNullOrEmpty(nodeName);
        record.Validate();
        var owner = MemberProfile.Of(MemberSnapshot.IdOf(nodeName), default, default, nodeName, "");
        return new ServiceInstance(record, new InstanceStatistics(Made), owner);
    }

    /// <summary>The endpoint with that name or, failing that, the first with that scheme; null when there is none.</summary>
    public ServiceEndpoint? FindEndpoint(string nameOrScheme)
    {
        var endpoints = Endpoints;
        for (var i = 0; i < endpoints.Count; i++)
        {
            if (string.Equals(endpoints[i].Name, nameOrScheme, StringComparison.OrdinalIgnoreCase))
                return endpoints[i];
        }

        for (var i = 0; i < endpoints.Count; i++)
        {
            if (string.Equals(endpoints[i].Scheme, nameOrScheme, StringComparison.OrdinalIgnoreCase))
                return endpoints[i];
        }

        return null;
    }

    /// <summary>The address of <see cref="FindEndpoint"/>; null when there is none.</summary>
    public Uri? FindUri(string nameOrScheme) => FindEndpoint(nameOrScheme)?.Uri;

    /// <summary>
    /// Tells the balancer that a call of the instance begins; complete what it returns when the call has ended, or dispose of it. Calls
    /// through <c>AddGossipDiscovery()</c> do so by themselves; callers that use sockets or clients of their own do it here.
    /// </summary>
    public InstanceCall Begin() => new(Statistics);

    /// <inheritdoc/>
    public override string ToString() => $"{Service} {InstanceId} {State} {Uri}";

    /// <summary>Whoever comes first makes it, for all.</summary>
    private InstanceStatistics MakeStatistics()
    {
        if (Volatile.Read(ref _statistics) is StatisticsSource source)
            Interlocked.CompareExchange(ref _statistics, source.Begin(OwnerId, Service), source);
        return (InstanceStatistics)_statistics;
    }

    /// <summary>Read at first use: of the thousands of instances that a node knows, its application looks at few. Two threads that come
    /// together may both read, and find the same.</summary>
    private ServiceRecord Read() => Volatile.Read(ref _details) ?? (_details = Offered(Record!.Read()));

    private ServiceRecord Offered(ServiceRecord record) => RefusedEndpoints.Count == 0
        ? record
        : record with { Endpoints = [.. record.Endpoints.Except(RefusedEndpoints)] };
}
