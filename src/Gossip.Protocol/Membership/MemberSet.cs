namespace Gossip.Protocol;

/// <summary>
/// Members by a key that each of them carries: a hash table of nothing but the members, each in its slot or in the next free one behind it. A
/// member's key does not change while it is in the set.
/// </summary>
internal sealed class MemberSet<TKey>(Func<Member, TKey> keyOf, Func<TKey, int> hashOf)
    where TKey : IEquatable<TKey>
{
    /// <summary>As many slots as a power of two, and at least a quarter of them free, so that searches stay short.</summary>
    private Member?[] _slots = new Member?[4];

    private int _count;

    public Member? Find(TKey key) => _slots[SlotOf(key)];

    public void Reserve(int members)
    {
        var size = _slots.Length;
        while (size / 4 * 3 < members)
            size *= 2;
        if (size == _slots.Length)
            return;
        var old = _slots;
        _slots = new Member?[size];
        foreach (var member in old)
        {
            if (member is not null)
                _slots[SlotOf(keyOf(member))] = member;
        }
    }

    /// <summary>Adds a member, in place of another with the same key.</summary>
    public void Put(Member member)
    {
        Reserve(_count + 1);
        ref var slot = ref _slots[SlotOf(keyOf(member))];
        _count += slot is null ? 1 : 0;
        slot = member;
    }

    /// <summary>Removes a member, and not another with the same key. What stands behind it moves up, so that no search ends in the gap.</summary>
    public void Remove(Member member)
    {
        var gap = SlotOf(keyOf(member));
        if (_slots[gap] != member)
            return;
        _count--;
        _slots[gap] = null;
        var mask = _slots.Length - 1;
        for (var place = (gap + 1) & mask; _slots[place] is { } next; place = (place + 1) & mask)
        {
            var detour = (place - hashOf(keyOf(next))) & mask;
            if (detour < ((place - gap) & mask))
                continue;
            (_slots[gap], _slots[place]) = (next, null);
            gap = place;
        }
    }

    /// <summary>The slot of the member with that key, or the free one where it would be.</summary>
    private int SlotOf(TKey key)
    {
        var mask = _slots.Length - 1;
        var slot = hashOf(key) & mask;
        while (_slots[slot] is { } other && !keyOf(other).Equals(key))
            slot = (slot + 1) & mask;
        return slot;
    }
}
