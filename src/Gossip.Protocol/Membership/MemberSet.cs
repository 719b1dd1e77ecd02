using System.Diagnostics.CodeAnalysis;

namespace Gossip.Protocol;

/// <summary>
/// Members by a key that each of them carries: a set instead of a dictionary, since the key need not be kept twice. A member's key does not
/// change while it is in the set.
/// </summary>
internal sealed class MemberSet<TKey>
    where TKey : IEquatable<TKey>
{
    private readonly HashSet<Member> _members;
    private readonly HashSet<Member>.AlternateLookup<TKey> _byKey;

    public MemberSet(Func<Member, TKey> key, Func<TKey, int> hash)
    {
        _members = new HashSet<Member>(new ByKey(key, hash));
        _byKey = _members.GetAlternateLookup<TKey>();
    }

    public Member? Find(TKey key) => _byKey.TryGetValue(key, out var member) ? member : null;

    public void Reserve(int members) => _members.EnsureCapacity(members);

    /// <summary>Adds a member, in place of another with the same key.</summary>
    public void Put(Member member)
    {
        _members.Remove(member);
        _members.Add(member);
    }

    /// <summary>Removes a member, and not another with the same key.</summary>
    public void Remove(Member member)
    {
        if (_members.TryGetValue(member, out var holder) && holder == member)
            _members.Remove(member);
    }

    private sealed class ByKey(Func<Member, TKey> keyOf, Func<TKey, int> hashOf) : IEqualityComparer<Member>, IAlternateEqualityComparer<TKey, Member>
    {
        public bool Equals(Member? one, Member? other) => one is not null && other is not null && keyOf(one).Equals(keyOf(other));

        public bool Equals(TKey alternate, Member other) => keyOf(other).Equals(alternate);

        public int GetHashCode([DisallowNull] Member member) => hashOf(keyOf(member));

        public int GetHashCode(TKey alternate) => hashOf(alternate);

        public Member Create(TKey alternate) => throw new NotSupportedException("A member is not made from its key.");
    }
}
