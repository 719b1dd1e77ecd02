using System.Runtime.InteropServices;

namespace Gossip.Protocol;

/// <summary>
/// Members, sorted by id. The ids stand in memory of their own beside them: the members are scattered all over the heap, and a search that
/// went from one to the next would wait for memory at each step.
/// </summary>
internal sealed class MembersById
{
    private readonly List<ulong> _ids = [];
    private readonly List<Member> _members = [];

    /// <summary>All, sorted by id.</summary>
    public IReadOnlyList<Member> All => _members;

    /// <summary>How many there are.</summary>
    public int Count => _ids.Count;

    /// <summary>The ids, ascending.</summary>
    public ReadOnlySpan<ulong> Ids => CollectionsMarshal.AsSpan(_ids);

    public Member this[int index] => _members[index];

    public Member? Find(MemberId id)
    {
        var place = Ids.BinarySearch(id.Value);
        return place < 0 ? null : _members[place];
    }

    /// <summary>The first place whose id is no less.</summary>
    public int PlaceOf(ulong id)
    {
        var place = Ids.BinarySearch(id);
        return place < 0 ? ~place : place;
    }

    /// <summary>Makes room for many members at once.</summary>
    public void Reserve(int members) => (_ids.Capacity, _members.Capacity) = (members, members);

    /// <summary>Takes in a member that is not there.</summary>
    /// <returns>Its place.</returns>
    public int Insert(Member member)
    {
        var place = PlaceOf(member.Id.Value);
        _ids.Insert(place, member.Id.Value);
        _members.Insert(place, member);
        return place;
    }

    /// <summary>Takes out a member that is there.</summary>
    /// <returns>The place that it had.</returns>
    public int Remove(Member member)
    {
        var place = PlaceOf(member.Id.Value);
        _ids.RemoveAt(place);
        _members.RemoveAt(place);
        return place;
    }
}
