using System.Collections.Immutable;
using Gossip.Cli.Agent;

namespace Gossip.Cli.Protocols.CloudMap.Model;

/// <summary>An instance as readers see it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Health">How well it is.</param>
/// <param name="Attributes">What is said of it, sorted by the keys.</param>
/// <param name="Node">The name of the member that owns it; null where a client of this agent has registered it.</param>
internal sealed record InstanceRow(string Id, string Health, IReadOnlyDictionary<string, string> Attributes, string? Node)
{
    /// <summary>Whether readers see the same.</summary>
    public bool IsSameAs(InstanceRow other) =>
        Id == other.Id && Health == other.Health && Node == other.Node && Attributes.SequenceEqual(other.Attributes);
}

/// <summary>A service as readers see it at one moment.</summary>
/// <param name="Created">What a client of this agent has said of it; null for nothing.</param>
/// <param name="Rows">Its instances, of the whole cluster: those of this agent's clients first.</param>
/// <param name="Revision">Greater whenever a reader sees something else.</param>
internal sealed record ServiceRows(CreatedService? Created, ImmutableArray<InstanceRow> Rows, long Revision);

/// <summary>
/// What readers see: the cluster's snapshot, with the instances of this agent's clients as these say themselves, and a revision for each
/// service. A revision is made when somebody reads: it is another exactly where the list is another than the one that was read before,
/// and so nothing is done for what nobody reads. Revisions begin at the milliseconds of the clock, so that those of the next start of the
/// agent are greater.
/// </summary>
internal sealed class CloudMapCatalog
{
    /// <summary>
    /// Services that have gone and are remembered. One that is forgotten and comes again has a greater revision all the same.
    /// </summary>
    public const int MostExtinct = 10_000;

    private readonly IServiceDiscovery _discovery;
    private readonly CloudMapSource _source;
    private readonly Func<IReadOnlyDictionary<string, ShownService>> _shown;
    private readonly int _mostExtinct;
    private Known _known;

    /// <param name="discovery">The cluster.</param>
    /// <param name="source">What clients of this agent have told it.</param>
    /// <param name="shown">What the agent shows of its services, by the ids of their records.</param>
    /// <param name="time">The clock at which the revisions begin.</param>
    /// <param name="mostExtinct">So many services that have gone are remembered.</param>
    public CloudMapCatalog(
        IServiceDiscovery discovery, CloudMapSource source, Func<IReadOnlyDictionary<string, ShownService>> shown, TimeProvider time,
        int mostExtinct = MostExtinct)
    {
        (_discovery, _source, _shown, _mostExtinct) = (discovery, source, shown, mostExtinct);
        var begin = time.GetUtcNow().ToUnixTimeMilliseconds();
        _known = new(ImmutableDictionary.Create<string, Seen>(StringComparer.OrdinalIgnoreCase), begin);
    }

    /// <summary>How many services are remembered.</summary>
    public int Count => Volatile.Read(ref _known).Services.Count;

    /// <summary>
    /// The names of all services, sorted: those that clients of this agent have created, and those that have an instance.
    /// </summary>
    public IReadOnlyList<string> Names =>
    [
        .. _source.State.Services.Keys.Concat(_discovery.Current.Services).Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>A service with its instances; null where none of the name is known.</summary>
    public ServiceRows? Find(string service)
    {
        while (true)
        {
            // What is known is read before what there is: whoever changes it meanwhile has seen no less, and this reader begins again.
            var known = Volatile.Read(ref _known);
            var own = _source.State.Services.GetValueOrDefault(service);
            var shown = own is null ? null : _shown();
            var snapshot = _discovery.Current;
            var others = snapshot.GetAllInstances(service);
            var seen = known.Services.GetValueOrDefault(service);
            if (seen is null && own is null && others.Count == 0)
                return null;
            if (seen is not null && ReferenceEquals(seen.Own, own) && ReferenceEquals(seen.Shown, shown)
                && ReferenceEquals(seen.Others, others))
                return Of(seen);
            var next = Look(known, seen, new(own, shown, others, [], 0), snapshot);
            var after = known with
            {
                Services = Forget(known, snapshot).SetItem(service, next), Last = Math.Max(known.Last, next.Revision),
            };
            if (ReferenceEquals(Interlocked.CompareExchange(ref _known, after, known), known))
                return Of(next);
        }
    }

    /// <summary>The name of a service as it is known; the one that is given where it is not.</summary>
    public string NameOf(string service) =>
        _source.State.Services.GetValueOrDefault(service)?.Created.Name
        ?? (_discovery.Current.GetAllInstances(service) is [var instance, ..] ? instance.Service : service);

    private static ServiceRows Of(Seen seen) => new(seen.Own?.Created, seen.Rows, seen.Revision);

    private static Seen Look(Known known, Seen? before, Seen now, ServiceSnapshot snapshot)
    {
        var rows = RowsOf(now, snapshot);
        var isSame = before is not null && before.Rows.Length == rows.Length
            && before.Rows.Zip(rows).All(pair => pair.First.IsSameAs(pair.Second));
        return isSame
            ? now with { Rows = before!.Rows, Revision = before.Revision }
            : now with { Rows = rows, Revision = known.Last + 1 };
    }

    private static ImmutableArray<InstanceRow> RowsOf(Seen now, ServiceSnapshot snapshot)
    {
        var rows = ImmutableArray.CreateBuilder<InstanceRow>();
        if (now.Own is { } own)
            rows.AddRange(own.Instances.Values.Select(instance => RowOf(instance, now.Shown!.GetValueOrDefault(instance.Definition.Id))));
        var self = snapshot.Members.FirstOrDefault(member => member.IsSelf)?.Id;
        foreach (var instance in now.Others)
        {
            if (instance.NodeId == self && now.Own is not null && IsOf(now.Own, instance))
                continue;
            rows.Add(new(
                CloudMapNames.InstanceIdOf(instance), CloudMapHealth.Of(instance), InstanceAttributes.Of(instance),
                instance.NodeName ?? ""));
        }

        return rows.ToImmutable();
    }

    /// <summary>Whether an instance of the agent's node is one that a client has registered, and is shown as that.</summary>
    private static bool IsOf(CloudMapService own, ServiceInstance instance) =>
        instance.InstanceId.Length > own.Created.Name.Length
        && own.Instances.GetValueOrDefault(instance.InstanceId[(own.Created.Name.Length + 1)..]) is { } known
        && known.Definition.Id == instance.InstanceId;

    /// <summary>What its client says of it; and what the cluster was told, where that is less, as of one that is drained.</summary>
    private static InstanceRow RowOf(RegisteredInstance instance, ShownService? shown)
    {
        var record = shown is { Definition.Origin: CloudMapDefinitions.Origin } ? shown.Record : null;
        var health = !instance.What.IsHealthy ? CloudMapHealth.Unhealthy
            : record is null ? CloudMapHealth.Unknown
            : record.State == ServiceState.Draining ? CloudMapHealth.Unhealthy : CloudMapHealth.Healthy;
        var endpoint = record is { Endpoints: [var first, ..] } ? first : null;
        return new(instance.What.InstanceId, health, InstanceAttributes.Of(instance.What.Attributes, endpoint), null);
    }

    private ImmutableDictionary<string, Seen> Forget(Known known, ServiceSnapshot snapshot)
    {
        if (known.Services.Count - snapshot.Services.Count <= _mostExtinct)
            return known.Services;
        var there = snapshot.Services.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var extinct = known.Services.Where(one => one.Value.Own is null && !there.Contains(one.Key)).ToList();
        // The oldest half goes at once, so that not each further one has the rest looked through.
        var oldest = extinct.OrderBy(one => one.Value.Revision).Take(extinct.Count / 2).ToList();
        return known.Services.RemoveRange(oldest.Select(one => one.Key));
    }

    /// <summary>All that was read.</summary>
    /// <param name="Services">The services by their names.</param>
    /// <param name="Last">The greatest revision of all.</param>
    private sealed record Known(ImmutableDictionary<string, Seen> Services, long Last);

    /// <summary>A service as it was when it was read, and what it was made from.</summary>
    private sealed record Seen(
        CloudMapService? Own, IReadOnlyDictionary<string, ShownService>? Shown, IReadOnlyList<ServiceInstance> Others,
        ImmutableArray<InstanceRow> Rows, long Revision);
}
