namespace Gossip.Snapshots;

/// <summary>The order of members: by id, as in the node's own table.</summary>
internal sealed class MemberOrder : IComparer<MemberSnapshot>
{
    public static MemberOrder Instance { get; } = new();

    public static Comparison<Edit<MemberSnapshot>> OfEdits { get; } = (left, right) => Instance.Compare(left.Item, right.Item);

    public int Compare(MemberSnapshot? left, MemberSnapshot? right) => left!.Id.CompareTo(right!.Id);
}
