using System.Runtime.InteropServices;
using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Snapshots;

/// <summary>
/// Makes the next snapshot from the node's changes: it looks at the members that the node names, and makes anew what they touch. Whatever
/// did not change is the same object as before: member, instance, service. When nothing at all changed, so is the snapshot.
/// </summary>
internal sealed class SnapshotBuilder(Node node, NodeClock clock, BalancingClock balancing, MemberLoads? loads = null)
{
    /// <summary>What a list of changes may keep room for: after a burst it would hold the burst's size for ever.</summary>
    private const int FewChanges = 16;

    private readonly StatisticsSource _known = new(balancing, loads);
    private readonly List<MemberId> _changed = [];
    private readonly List<Edit<MemberSnapshot>> _members = [];
    private readonly List<ServiceInstance> _made = [];
    private readonly List<ServiceInstance> _went = [];
    private readonly List<ServiceInstance> _came = [];
    private readonly Dictionary<string, List<Edit<ServiceInstance>>> _instances = new(StringComparer.OrdinalIgnoreCase);
    private ServiceSnapshot _current = ServiceSnapshot.Empty;
    private StatisticsSource? _newcomers;
    private bool _isHalfDone;

    public ServiceSnapshot Build()
    {
        // What an earlier call left that ended in an exception is nothing to build on.
        var follows = node.TryTakeChanges(_changed) && _current.MemberList.Count > 0 && !_isHalfDone;
        _isHalfDone = true;
        _members.Clear();
        _instances.Clear();
        if (!follows)
            LookAtAll();
        _newcomers = null;
        foreach (var id in _changed)
            LookAt(id);
        if (_members.Count > 0 || _instances.Count > 0)
            _current = _current.With(EditedMembers(), EditedGroups());
        Empty(_members);
        Empty(_changed);
        _isHalfDone = false;
        return _current;
    }

    public MemberSnapshot Show(Member member) => new(
        member,
        member.Id == node.Options.Id,
        clock.ToWallClock(member.Since),
        member.LastHeard == Instant.Never ? null : clock.ToWallClock(member.LastHeard));

    private void LookAtAll()
    {
        _changed.Clear();
        _changed.AddRange(_current.MemberList.Select(member => member.Profile.Id).Where(id => node.FindMember(id) is null));
        _changed.AddRange(node.Members.Select(member => member.Id));
    }

    private void LookAt(MemberId id)
    {
        var before = _current.MemberList.Find(new MemberOrder.ById(id));
        var one = before?.Instances as ServiceInstance;
        var old = one is null ? before?.Instances as ServiceInstance[] : new ReadOnlySpan<ServiceInstance>(in one);
        _made.Clear();
        if (node.FindMember(id) is { } member)
        {
            var shown = before is not null && before.Shows(member, clock.ToWallClock(member.Since)) ? before : Show(member);
            if (!ReferenceEquals(shown, before))
                _members.Add(new(shown, Removes: false));
            shown.Instances = Follow(old, member) ? before!.Instances : _made.Count == 1 ? _made[0] : _made.ToArray();
        }
        else if (before is not null)
        {
            _members.Add(new(before, Removes: true));
        }

        Compare(old, CollectionsMarshal.AsSpan(_made));
        RememberCalls();
        Empty(_made);
        Empty(_went);
        Empty(_came);
    }

    /// <summary>Calls of an instance that has gone, and has no successor, are under way or count for a minute.</summary>
    private void RememberCalls()
    {
        if (!_went.Exists(instance => instance.Begun is { IsRecent: true }))
            return;
        var kept = _came.Select(instance => instance.Begun).ToHashSet(ReferenceEqualityComparer.Instance);
        foreach (var instance in _went)
        {
            if (instance.Begun is { IsRecent: true } begun && !kept.Contains(begun))
                balancing.Former.Add(new(instance.Service, instance.InstanceId, instance.OwnerId, instance.NodeName ?? "", begun));
        }
    }

    /// <summary>
    /// Lists the instances of a member: those it had, as far as their records and what they show of their owner are still the same.
    /// </summary>
    /// <returns>Whether they are all that it had, and no others.</returns>
    private bool Follow(ReadOnlySpan<ServiceInstance> old, Member owner)
    {
        var records = owner.IsLive ? owner.StoredRecords : owner.OrphanedRecords;
        var keepsOwner = old.Length > 0 && Fits(old[0].Owner!, owner.Profile) && old[0].IsOutOfReach == owner.IsOutOfReach
            && old[0].IsOrphaned == !owner.IsLive;
        var keepsAddress = keepsOwner && old[0].Owner!.Address == owner.Profile.Address;
        var (place, same) = (0, 0);
        for (var i = 0; i < records.Count; i++)
        {
            var record = records[i];
            if (!record.IsReadable)
                continue;
            while (place < old.Length && old[place].Record!.Version < record.Version)
                place++;
            var isSame = keepsOwner && place < old.Length && ReferenceEquals(old[place].Record, record)
                && (keepsAddress || record.Head.Special == SpecialAddress.None);
            same += isSame ? 1 : 0;
            _made.Add(isSame ? old[place] : Make(old, record, owner));
        }

        return old.Length > 0 && same == old.Length && same == _made.Count;
    }

    /// <summary>What callers know of an instance stays with it when its record changes. Most owners have one.</summary>
    private ServiceInstance Make(ReadOnlySpan<ServiceInstance> old, StoredRecord record, Member owner)
    {
        foreach (var before in old)
        {
            if (before.InstanceId != record.InstanceId)
                continue;
            var made = new ServiceInstance(record, owner.Profile, node.Self.Address, before.Statistics)
            {
                IsOutOfReach = owner.IsOutOfReach, IsOrphaned = !owner.IsLive,
            };
            if (made.WantsTraffic && !before.WantsTraffic)
                made.Statistics.Grow();
            return made;
        }

        return new ServiceInstance(
            record, owner.Profile, node.Self.Address, ServiceInstance.TakesTraffic(record.State) ? Newcomers : _known)
        {
            IsOutOfReach = owner.IsOutOfReach, IsOrphaned = !owner.IsLive,
        };
    }

    private StatisticsSource Newcomers =>
        _newcomers ??= balancing.GrowsUntil() is > 0 and var until ? new StatisticsSource(balancing, loads, until) : _known;

    /// <summary>A new incarnation alone is no change of an instance.</summary>
    private static bool Fits(MemberProfile old, MemberProfile owner) =>
        ReferenceEquals(old, owner) || (old.Name == owner.Name && old.Zone == owner.Zone);

    /// <summary>
    /// Notes what goes and what comes. Both lists ascend by the versions of their records, so what is in both is met together.
    /// </summary>
    private void Compare(ReadOnlySpan<ServiceInstance> old, ReadOnlySpan<ServiceInstance> made)
    {
        var place = 0;
        foreach (var instance in made)
        {
            while (place < old.Length && old[place].Record!.Version < instance.Record!.Version)
                Note(old[place++], removes: true);
            if (place < old.Length && ReferenceEquals(old[place], instance))
                place++;
            else
                Note(instance, removes: false);
        }

        while (place < old.Length)
            Note(old[place++], removes: true);
    }

    private void Note(ServiceInstance instance, bool removes)
    {
        (removes ? _went : _came).Add(instance);
        ref var edits = ref CollectionsMarshal.GetValueRefOrAddDefault(_instances, instance.Service, out _);
        (edits ??= []).Add(new(instance, removes));
    }

    private ChunkedList<MemberSnapshot> EditedMembers()
    {
        _members.Sort(MemberOrder.OfEdits);
        return _current.MemberList.With(CollectionsMarshal.AsSpan(_members), MemberOrder.Instance);
    }

    private ServiceGroup[] EditedGroups()
    {
        if (_instances.Count == 0)
            return [];
        var groups = new ServiceGroup[_instances.Count];
        var next = 0;
        foreach (var (name, edits) in _instances)
            groups[next++] = (_current.Find(name) ?? ServiceGroup.New(name)).With(edits);
        _instances.Clear();
        if (groups.Length > FewChanges)
            _instances.TrimExcess();
        return groups;
    }

    private static void Empty<T>(List<T> list)
    {
        list.Clear();
        if (list.Capacity > FewChanges)
            list.TrimExcess();
    }
}
