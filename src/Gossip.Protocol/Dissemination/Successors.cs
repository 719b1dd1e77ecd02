namespace Gossip.Protocol;

/// <summary>
/// The members that a node passes a rumour on to at first hearing: its successors in the digraph of Imase and Itoh (1981) over the live
/// members in the order of their ids, i → −(f·i + j) mod n for j = 1 … f. Every member has f predecessors, and from any member all are
/// reached in ⌈log_f n⌉ steps, so where views agree no member is missed and none hears a rumour more than f times; random choice misses
/// e^(−f) of them. The places are shifted by a salt per rumour, so that no two rumours depend on the same members. Where views differ the
/// shifts differ too, and the choice is as good as a random one.
/// </summary>
internal static class Successors
{
    /// <summary>Picks the successors of the member at <paramref name="place"/>, itself and repetitions left out.</summary>
    /// <returns>How many were picked.</returns>
    public static int Pick(IReadOnlyList<Member> live, int place, ulong salt, Span<Member> picked)
    {
        var count = live.Count;
        if (count == 0)
            return 0;
        var shift = (long)(salt % (ulong)count);
        var shifted = (place + shift) % count;
        var found = 0;
        for (var j = 1; j <= picked.Length; j++)
        {
            var next = (-((picked.Length * shifted) + j) - shift) % count;
            var member = live[(int)(next < 0 ? next + count : next)];
            if (member != live[place] && !picked[..found].Contains(member))
                picked[found++] = member;
        }

        return found;
    }

    /// <summary>
    /// The one member to which the member at <paramref name="place"/> sends a rumour again, after <paramref name="sends"/> sends. All
    /// members go the same salted step ahead, so each is told by exactly one other, where random choice misses 1/e of them each time.
    /// </summary>
    public static Member Next(IReadOnlyList<Member> live, int place, ulong salt, int sends)
    {
        var steps = StableHash.Mix(salt + (ulong)sends) % (ulong)(live.Count - 1);
        return live[(int)(((ulong)place + 1 + steps) % (ulong)live.Count)];
    }
}
