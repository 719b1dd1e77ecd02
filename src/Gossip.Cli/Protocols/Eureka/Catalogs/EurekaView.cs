using System.Collections.Immutable;
using Gossip.Cli.Protocols.Eureka.Model;

namespace Gossip.Cli.Protocols.Eureka.Catalogs;

/// <summary>All applications at one moment: those of this agent's clients as they say themselves, and all others as records say.</summary>
internal sealed class EurekaView
{
    /// <summary>Changes that are remembered: of more, the whole list is less, for it is packed once.</summary>
    public const int MostChanges = 1_000;

    private readonly ServiceSnapshot _snapshot;
    private readonly ImmutableDictionary<string, ImmutableSortedDictionary<string, RegisteredInstance>> _state;
    private readonly EurekaChangeLog _log;

    private EurekaView(
        long version, ServiceSnapshot snapshot, ImmutableDictionary<string, ImmutableSortedDictionary<string, RegisteredInstance>> state,
        ImmutableSortedDictionary<string, EurekaApplication> applications, EurekaChangeLog log)
    {
        (Version, _snapshot, _state, Applications, _log) = (version, snapshot, state, applications, log);
        var counts = new int[EurekaStatusText.Count];
        foreach (var application in applications.Values)
        {
            for (var i = 0; i < counts.Length; i++)
                counts[i] += application.Counts[i];
        }

        Hash = EurekaStatusText.HashOf(counts);
    }

    /// <summary>Grows whenever what is shown is another.</summary>
    public long Version { get; }

    /// <summary>The applications by their names.</summary>
    public ImmutableSortedDictionary<string, EurekaApplication> Applications { get; }

    /// <summary>Eureka's hash of all of them.</summary>
    public string Hash { get; }

    /// <summary>What there is before anything is.</summary>
    /// <param name="mostChanges">Changes that are remembered.</param>
    public static EurekaView Begin(int mostChanges = MostChanges) => new(
        0,
        ServiceSnapshot.Create([]),
        ImmutableDictionary.Create<string, ImmutableSortedDictionary<string, RegisteredInstance>>(StringComparer.Ordinal),
        ImmutableSortedDictionary.Create<string, EurekaApplication>(StringComparer.Ordinal),
        EurekaChangeLog.Begin(0, mostChanges));

    /// <summary>Whether it shows that snapshot of the cluster, and that state of the agent's clients.</summary>
    public bool Shows(
        ServiceSnapshot snapshot, ImmutableDictionary<string, ImmutableSortedDictionary<string, RegisteredInstance>> state) =>
        ReferenceEquals(_snapshot, snapshot) && ReferenceEquals(_state, state);

    /// <summary>What has changed since a view; null where that is not known, and the whole list is to be fetched.</summary>
    /// <param name="version">The version of the view; null for none.</param>
    /// <param name="time">The clock of changes.</param>
    public IReadOnlyList<EurekaChange>? Since(long? version, TimeProvider time) => _log.Since(version, time);

    /// <summary>The next view. Only applications of which something may be another are looked at.</summary>
    public EurekaView Next(
        ServiceSnapshot snapshot, ImmutableDictionary<string, ImmutableSortedDictionary<string, RegisteredInstance>> state,
        TimeProvider time)
    {
        var (now, version) = (time.GetTimestamp(), Version + 1);
        var milliseconds = time.GetUtcNow().ToUnixTimeMilliseconds();
        var self = snapshot.Members.FirstOrDefault(member => member.IsSelf)?.Id;
        var applications = Applications;
        var changes = new List<EurekaChange>();
        foreach (var name in Touched(snapshot, state))
        {
            var before = Applications.GetValueOrDefault(name)?.Rows ?? EmptyRows;
            var after = RowsOf(name, snapshot, state.GetValueOrDefault(name), self, before, milliseconds);
            changes.AddRange(after.Values.Where(row => !before.ContainsKey(row.Instance.InstanceId))
                .Select(row => new EurekaChange(version, now, EurekaChange.Added, row)));
            changes.AddRange(after.Values.Where(row => before.TryGetValue(row.Instance.InstanceId, out var old) && !IsSame(old, row))
                .Select(row => new EurekaChange(version, now, EurekaChange.Modified, row)));
            changes.AddRange(before.Values.Where(row => !after.ContainsKey(row.Instance.InstanceId))
                .Select(row => new EurekaChange(version, now, EurekaChange.Deleted, row)));
            applications = after.IsEmpty ? applications.Remove(name) : applications.SetItem(name, new(name, after));
        }

        return new(changes.Count > 0 ? version : Version, snapshot, state, applications, _log.With(changes, now, time));
    }

    private static ImmutableSortedDictionary<string, EurekaRow> EmptyRows { get; } =
        ImmutableSortedDictionary.Create<string, EurekaRow>(StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, RegisteredInstance> NoneRegistered { get; } =
        ImmutableSortedDictionary.Create<string, RegisteredInstance>(StringComparer.Ordinal);

    private static bool IsSame(EurekaRow one, EurekaRow other) => ReferenceEquals(one.Instance, other.Instance);

    private HashSet<string> Touched(
        ServiceSnapshot snapshot, ImmutableDictionary<string, ImmutableSortedDictionary<string, RegisteredInstance>> state)
    {
        var touched = new HashSet<string>(StringComparer.Ordinal);
        if (!ReferenceEquals(_snapshot, snapshot))
        {
            foreach (var name in _snapshot.Services.Concat(snapshot.Services))
            {
                if (!ReferenceEquals(_snapshot.GetAllInstances(name), snapshot.GetAllInstances(name)))
                    touched.Add(name.ToUpperInvariant());
            }
        }

        foreach (var name in _state.Keys.Concat(state.Keys))
        {
            if (!ReferenceEquals(_state.GetValueOrDefault(name), state.GetValueOrDefault(name)))
                touched.Add(name);
        }

        return touched;
    }

    private static ImmutableSortedDictionary<string, EurekaRow> RowsOf(
        string name, ServiceSnapshot snapshot, ImmutableSortedDictionary<string, RegisteredInstance>? own, string? self,
        ImmutableSortedDictionary<string, EurekaRow> before, long now)
    {
        var instances = snapshot.GetAllInstances(name);
        var old = before.Values.ToDictionary(row => row.Origin, row => row, ReferenceEqualityComparer.Instance);
        var rows = new Dictionary<string, EurekaRow>(StringComparer.Ordinal);
        // What this agent's clients say themselves counts here, and what the cluster has of it is perhaps on its way.
        var ours = instances.Where(one => one.NodeId == self && one.Metadata.ContainsKey(EurekaTemplate.IdKey))
            .ToDictionary(one => one.InstanceId, StringComparer.Ordinal);
        foreach (var (id, registered) in own ?? NoneRegistered)
            rows[id] = Keep(Of(registered, ours.GetValueOrDefault(registered.Definition.Id)), registered, before);
        foreach (var instance in instances.Where(one => !(one.NodeId == self && ours.ContainsKey(one.InstanceId))))
        {
            var row = old.GetValueOrDefault(instance) ?? Keep(EurekaRows.Of(instance, now), instance, before);
            // A client that has moved is at two agents until the first one has missed it.
            if (!rows.TryAdd(row.Instance.InstanceId, row) && rows[row.Instance.InstanceId] is { Origin: ServiceInstance } other
                && other.Instance.Effective != EurekaStatus.Up && row.Instance.Effective == EurekaStatus.Up)
                rows[row.Instance.InstanceId] = row;
        }

        return ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, rows);
    }

    /// <summary>An instance of this agent's client; one that an operator drains is out of service.</summary>
    private static EurekaInstance Of(RegisteredInstance registered, ServiceInstance? told) =>
        registered.Instance.Effective == EurekaStatus.Up && told is { State: ServiceState.Draining }
            ? registered.Instance with { Status = EurekaStatus.OutOfService, Override = EurekaStatus.Unknown }
            : registered.Instance;

    /// <summary>Where it says the same as before, the row stays.</summary>
    private static EurekaRow Keep(EurekaInstance instance, object origin, ImmutableSortedDictionary<string, EurekaRow> before)
    {
        if (!before.TryGetValue(instance.InstanceId, out var old))
            return new(instance, origin);
        if (!old.Instance.SaysTheSame(instance) || (origin is RegisteredInstance && old.Instance.DirtyAt != instance.DirtyAt))
            return new(instance, origin);
        return ReferenceEquals(old.Origin, origin) ? old : new(old.Instance, origin);
    }
}
