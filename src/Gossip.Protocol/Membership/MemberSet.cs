namespace Gossip.Protocol;

/// <summary>
/// Members by a key that each of them carries: a hash table of nothing but numbers of rows, each in its slot or in the next free one behind it. A
/// member's key and its row do not change while it is in the set, but by <see cref="Swap"/>.
/// </summary>
internal sealed class MemberSet<TKey, TBy>(List<Member> rows)
    where TKey : IEquatable<TKey>
    where TBy : struct, IMemberKey<TKey>
{
    /// <summary>
    /// One more than the member's row, 0 for none: a quarter of what a reference takes. As many slots as a power of two, and at least a quarter of
    /// them free, so that searches stay short.
    /// </summary>
    private ushort[] _slots = new ushort[4];

    private int _count;

    public Member? Find(TKey key)
    {
        SlotOf(key, out var found);
        return found;
    }

    public void Reserve(int members)
    {
        var size = _slots.Length;
        while (size / 4 * 3 < members)
            size *= 2;
        if (size == _slots.Length)
            return;
        var old = _slots;
        _slots = new ushort[size];
        foreach (var row in old)
        {
            if (row > 0)
                _slots[SlotOf(rows[row - 1])] = row;
        }
    }

    /// <summary>Adds a member, in place of another with the same key.</summary>
    public void Put(Member member)
    {
        Reserve(_count + 1);
        ref var slot = ref _slots[SlotOf(member)];
        _count += slot == 0 ? 1 : 0;
        slot = Mark(member);
    }

    /// <summary>Removes a member, and not another with the same key. What stands behind it moves up, so that no search ends in the gap.</summary>
    public void Remove(Member member)
    {
        var gap = SlotOf(member);
        if (_slots[gap] != Mark(member))
            return;
        _count--;
        _slots[gap] = 0;
        var mask = _slots.Length - 1;
        for (var place = (gap + 1) & mask; _slots[place] is > 0 and var next; place = (place + 1) & mask)
        {
            var detour = (place - TBy.HashOf(TBy.KeyOf(rows[next - 1]))) & mask;
            if (detour < ((place - gap) & mask))
                continue;
            (_slots[gap], _slots[place]) = (next, 0);
            gap = place;
        }
    }

    /// <summary>Two members are about to change rows.</summary>
    public void Swap(Member one, Member other)
    {
        ref var first = ref _slots[SlotOf(one)];
        ref var second = ref _slots[SlotOf(other)];
        var (holdsOne, holdsOther) = (first == Mark(one), second == Mark(other));
        if (holdsOne)
            first = Mark(other);
        if (holdsOther)
            second = Mark(one);
    }

    private static ushort Mark(Member member) => (ushort)(member.Row + 1);

    private int SlotOf(Member member) => SlotOf(TBy.KeyOf(member), out _);

    /// <summary>The slot of the member with that key, or the free one where it would be.</summary>
    private int SlotOf(TKey key, out Member? found)
    {
        var mask = _slots.Length - 1;
        for (var slot = TBy.HashOf(key) & mask; ; slot = (slot + 1) & mask)
        {
            var row = _slots[slot];
            found = row > 0 ? rows[row - 1] : null;
            if (found is null || TBy.KeyOf(found).Equals(key))
                return slot;
        }
    }
}

/// <summary>By what a set finds its members. Known when the search is compiled: each packet makes some.</summary>
internal interface IMemberKey<TKey>
{
    static abstract TKey KeyOf(Member member);

    static abstract int HashOf(TKey key);
}
