using System.Collections.ObjectModel;
using Gossip.Snapshots;

namespace Gossip;

/// <summary>An immutable picture of the cluster as one node sees it. Successive snapshots share what did not change.</summary>
public sealed class ServiceSnapshot
{
    private readonly Dictionary<string, ServiceGroup> _groups;

    internal ServiceSnapshot(long revision, MemberSnapshot[] members, Dictionary<string, ServiceGroup> groups)
    {
        Revision = revision;
        Members = new ReadOnlyCollection<MemberSnapshot>(members);
        _groups = groups;
        var names = new string[groups.Count];
        var next = 0;
        foreach (var group in groups.Values)
            names[next++] = group.Name;
        Array.Sort(names, StringComparer.OrdinalIgnoreCase);
        Services = new ReadOnlyCollection<string>(names);
    }

    /// <summary>Grows with every snapshot of this node. Other nodes count for themselves.</summary>
    public long Revision { get; }

    /// <summary>Every member that the node remembers, itself and the dead included, in a stable order.</summary>
    public IReadOnlyList<MemberSnapshot> Members { get; }

    /// <summary>The names of all services that have an instance on a live member, sorted.</summary>
    public IReadOnlyList<string> Services { get; }

    internal static ServiceSnapshot Empty { get; } = new(0, [], new(StringComparer.OrdinalIgnoreCase));

    /// <summary>The instances of a service that want traffic: ready or degraded, on live members.</summary>
    public IReadOnlyList<ServiceInstance> GetInstances(string service) => Find(service)?.Available ?? [];

    /// <summary>All instances of a service on live members: also those that are starting or draining.</summary>
    public IReadOnlyList<ServiceInstance> GetAllInstances(string service) => Find(service)?.All ?? [];

    internal ServiceGroup? Find(string service)
    {
        ArgumentNullException.ThrowIfNull(service);
        return _groups.GetValueOrDefault(service);
    }
}
