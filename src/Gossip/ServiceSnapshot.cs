using System.Runtime.InteropServices;
using Gossip.Snapshots;

namespace Gossip;

/// <summary>An immutable picture of the cluster as one node sees it. Successive snapshots share what did not change.</summary>
public sealed class ServiceSnapshot
{
    private readonly ServiceIndex _groups;
    private readonly ChunkedList<string> _services;

    private ServiceSnapshot(long revision, ChunkedList<MemberSnapshot> members, ServiceIndex groups, ChunkedList<string> services)
    {
        _groups = groups;
        Revision = revision;
        MemberList = members;
        _services = services;
    }

    /// <summary>Grows with every snapshot of this node. Other nodes count independently.</summary>
    public long Revision { get; }

    /// <summary>Every member that the node remembers, itself and the dead included, in a stable order.</summary>
    public IReadOnlyList<MemberSnapshot> Members => MemberList;

    /// <summary>The names of all services that have an instance on a live member, sorted.</summary>
    public IReadOnlyList<string> Services => _services;

    /// <summary>Makes a snapshot that no node has published, for tests of the application.</summary>
    /// <param name="instances">All instances of all services: those that want traffic are what <see cref="GetInstances"/> shows.</param>
    /// <param name="members">The members; null for none.</param>
    /// <param name="revision">The number of the snapshot, such as 2 for one that follows another.</param>
    /// <exception cref="ArgumentException">Two instances of a service have the same node and the same id, or two members the same
    /// name.</exception>
    public static ServiceSnapshot Create(
        IEnumerable<ServiceInstance> instances, IEnumerable<MemberSnapshot>? members = null, long revision = 1)
    {
        ArgumentNullException.ThrowIfNull(instances);
        instances = [.. instances];
        members = [.. members ?? []];
        if (instances.Contains(null!))
            throw new ArgumentException("An instance is null; leave it out.", nameof(instances));
        if (members.Contains(null!))
            throw new ArgumentException("A member is null; leave it out.", nameof(members));
        var before = new ServiceSnapshot(revision - 1, Empty.MemberList, Empty._groups, Empty._services);
        return before.With(Sorted(members),
            [.. instances.GroupBy(one => one.Service, StringComparer.OrdinalIgnoreCase).Select(Group)]);
    }

    internal static ServiceSnapshot Empty { get; } =
        new(0, ChunkedList<MemberSnapshot>.Empty, ServiceIndex.Empty, ChunkedList<string>.Empty);

    internal ChunkedList<MemberSnapshot> MemberList { get; }

    /// <summary>The instances of a service that want traffic: ready or degraded, on live members within this node's reach.</summary>
    public IReadOnlyList<ServiceInstance> GetInstances(string service) => Find(service)?.Available ?? [];

    /// <summary>All instances of a service on live members: including those that are starting or draining, or out of reach.</summary>
    public IReadOnlyList<ServiceInstance> GetAllInstances(string service) => Find(service)?.All ?? [];

    /// <summary>
    /// The services that declare that they depend on a service, sorted: those that are affected when it fails. The service itself need not
    /// exist. Reads the records of all instances, so do not use it for every call.
    /// </summary>
    public IReadOnlyList<string> GetDependents(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return DependencyGraph.Of(this).DependentsOf(service);
    }

    internal ServiceGroup? Find(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return _groups.Find(service);
    }

    /// <summary>
    /// Whether the services whose names begin with a prefix differ from those of another snapshot, or have other instances.
    /// </summary>
    internal bool Differs(ServiceSnapshot other, string prefix)
    {
        if (ReferenceEquals(_groups, other._groups))
            return false;
        using var mine = Named(prefix).GetEnumerator();
        using var others = other.Named(prefix).GetEnumerator();
        while (mine.MoveNext())
        {
            if (!others.MoveNext() || !ReferenceEquals(mine.Current, others.Current))
                return true;
        }

        return others.MoveNext();
    }

    private static ChunkedList<MemberSnapshot> Sorted(IEnumerable<MemberSnapshot> members)
    {
        var edits = members.Select(member => new Edit<MemberSnapshot>(member, Removes: false)).ToList();
        edits.Sort(MemberOrder.OfEdits);
        var list = ChunkedList<MemberSnapshot>.Empty.With(CollectionsMarshal.AsSpan(edits), MemberOrder.Instance);
        return list.Count == edits.Count
            ? list
            : throw new ArgumentException("Two of the members have the same name; give each another.", nameof(members));
    }

    private static ServiceGroup Group(IGrouping<string, ServiceInstance> instances)
    {
        var edits = instances.Select(one => new Edit<ServiceInstance>(one, Removes: false)).ToList();
        var group = ServiceGroup.New(instances.Key).With(edits);
        return group.All.Count == edits.Count
            ? group
            : throw new ArgumentException(
                $"Two of the instances of '{instances.Key}' have the same node and InstanceId; give each another.", nameof(instances));
    }

    private IEnumerable<ServiceGroup> Named(string prefix) =>
        from name in _services
        where name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
        select Find(name);

    /// <summary>
    /// Makes the next snapshot: other members, and some groups in place of those of the same names, or gone where they are empty.
    /// </summary>
    internal ServiceSnapshot With(ChunkedList<MemberSnapshot> members, IReadOnlyList<ServiceGroup> groups)
    {
        var names = new List<Edit<string>>();
        foreach (var group in groups)
        {
            if (group.All.Count == 0 || Find(group.Name)?.Name != group.Name)
                names.Add(new(group.Name, Removes: group.All.Count == 0));
        }

        names.Sort((left, right) => StringComparer.OrdinalIgnoreCase.Compare(left.Item, right.Item));
        var services = _services.With(CollectionsMarshal.AsSpan(names), StringComparer.OrdinalIgnoreCase);
        return new ServiceSnapshot(Revision + 1, members, _groups.With(groups), services);
    }
}
