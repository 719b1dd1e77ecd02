using Gossip.Protocol;

namespace Gossip.Snapshots;

/// <summary>The order of members: by id, as in the node's own table.</summary>
internal sealed class MemberOrder : IComparer<MemberSnapshot>
{
    public static MemberOrder Instance { get; } = new();

    public static Comparison<Edit<MemberSnapshot>> OfEdits { get; } = (left, right) => Instance.Compare(left.Item, right.Item);

    public int Compare(MemberSnapshot? left, MemberSnapshot? right) => left!.Profile.Id.CompareTo(right!.Profile.Id);

    /// <summary>The place of the member with an id.</summary>
    public readonly struct ById(MemberId id) : IComparable<MemberSnapshot>
    {
        public int CompareTo(MemberSnapshot? other) => id.CompareTo(other!.Profile.Id);
    }
}
