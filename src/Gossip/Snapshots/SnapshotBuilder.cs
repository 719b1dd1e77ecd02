using Gossip.Protocol;

namespace Gossip.Snapshots;

/// <summary>
/// Makes the next snapshot from the node's state. Whatever did not change is the same object as before: member, instance, service.
/// When nothing at all changed, so is the snapshot.
/// </summary>
internal sealed class SnapshotBuilder(Node node, NodeClock clock)
{
    private Dictionary<MemberId, Row> _rows = [];
    private Dictionary<string, ServiceGroup> _groups = new(StringComparer.OrdinalIgnoreCase);
    private ServiceSnapshot _current = ServiceSnapshot.Empty;

    public ServiceSnapshot Build()
    {
        var members = node.Members;
        var rows = new Dictionary<MemberId, Row>(members.Count);
        var shown = new MemberSnapshot[members.Count];
        var byService = new Dictionary<string, List<ServiceInstance>>(StringComparer.OrdinalIgnoreCase);
        var changed = members.Count != _current.Members.Count;
        for (var i = 0; i < shown.Length; i++)
        {
            var member = members[i];
            var row = MakeRow(member);
            rows[member.Id] = row;
            shown[i] = row.Member;
            changed = changed || !ReferenceEquals(row.Member, _current.Members[i]);
            foreach (var instance in row.Instances)
                AddTo(byService, instance);
        }

        var groups = new Dictionary<string, ServiceGroup>(byService.Count, StringComparer.OrdinalIgnoreCase);
        changed = changed || byService.Count != _groups.Count;
        foreach (var (name, instances) in byService)
        {
            var group = MakeGroup(name, instances);
            groups[name] = group;
            changed = changed || !ReferenceEquals(group, _groups.GetValueOrDefault(name));
        }

        _rows = rows;
        _groups = groups;
        return changed ? _current = new ServiceSnapshot(_current.Revision + 1, shown, groups) : _current;
    }

    public MemberSnapshot Show(Member member) => new(
        member,
        member.Id == node.Options.Id,
        clock.ToWallClock(member.Since),
        member.LastHeard == Instant.Never ? null : clock.ToWallClock(member.LastHeard));

    private static void AddTo(Dictionary<string, List<ServiceInstance>> byService, ServiceInstance instance)
    {
        if (!byService.TryGetValue(instance.Service, out var siblings))
            byService[instance.Service] = siblings = [];
        siblings.Add(instance);
    }

    private Row MakeRow(Member member)
    {
        var old = _rows.GetValueOrDefault(member.Id);
        var shown = old.Member is { } before && before.Shows(member, clock.ToWallClock(member.Since)) ? before : Show(member);
        if (!member.IsLive)
            return new Row(shown, []);
        var records = node.ServicesOf(member.Id);
        var instances = new ServiceInstance[records.Count];
        var oldInstances = old.Instances ?? [];
        var shift = 0;
        for (var i = 0; i < instances.Length; i++)
            instances[i] = Same(oldInstances, records[i], member.Profile, i, ref shift) ?? new ServiceInstance(records[i], member.Profile);
        return new Row(shown, instances);
    }

    /// <summary>Finds an unchanged instance. Records mostly keep their order, so it lies where the last one found was shifted to, or nearly.</summary>
    private static ServiceInstance? Same(ServiceInstance[] old, ServiceRecord record, MemberProfile owner, int at, ref int shift)
    {
        for (var i = 0; i < old.Length; i++)
        {
            var candidate = (at + shift + i) % old.Length;
            if (!ReferenceEquals(old[candidate].Record, record))
                continue;
            shift = (candidate - at + old.Length) % old.Length;
            return Fits(old[candidate].Owner, owner) ? old[candidate] : null;
        }

        return null;
    }

    /// <summary>A new incarnation alone is no change of an instance.</summary>
    private static bool Fits(MemberProfile old, MemberProfile owner) =>
        ReferenceEquals(old, owner) || (old.Id == owner.Id && old.Name == owner.Name && old.Zone == owner.Zone);

    /// <summary>The order is the same on every node, and a change of an instance does not move it: whose turn it is stays true.</summary>
    private static int Order(ServiceInstance left, ServiceInstance right)
    {
        var byOwner = left.NodeId.CompareTo(right.NodeId);
        return byOwner != 0 ? byOwner : string.CompareOrdinal(left.InstanceId, right.InstanceId);
    }

    private ServiceGroup MakeGroup(string name, List<ServiceInstance> instances)
    {
        instances.Sort(Order);
        var old = _groups.GetValueOrDefault(name);
        if (old is not null && old.All.Count == instances.Count)
        {
            var same = true;
            for (var i = 0; same && i < instances.Count; i++)
                same = ReferenceEquals(old.All[i], instances[i]);
            if (same)
                return old;
        }

        return new ServiceGroup(instances[0].Service, [.. instances], old?.Turn ?? new Turn());
    }

    private readonly record struct Row(MemberSnapshot Member, ServiceInstance[] Instances);
}
