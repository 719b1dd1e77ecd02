namespace Gossip.Protocol;

/// <summary>Random choice among the live peers.</summary>
internal sealed partial class MemberTable
{
    /// <summary>Picks up to <paramref name="picked"/>.Length distinct live peers at random, <paramref name="except"/> left out.</summary>
    /// <returns>How many were picked.</returns>
    public int Pick(Randomness randomness, Member? except, Span<Member> picked)
    {
        var count = 0;
        var available = PeerCount - (except is { PeerIndex: >= 0 } ? 1 : 0);
        var wanted = Math.Min(picked.Length, available);
        if (wanted * 2 >= available)
            return PickBySweep(randomness, except, picked[..wanted]);
        while (count < wanted)
        {
            var peer = _peers[randomness.Below(PeerCount)];
            if (peer != except && !picked[..count].Contains(peer))
                picked[count++] = peer;
        }

        return count;
    }

    /// <summary>Selection sampling: one pass, each subset equally likely, then an order drawn anew.</summary>
    private int PickBySweep(Randomness randomness, Member? except, Span<Member> picked)
    {
        var left = PeerCount - (except is { PeerIndex: >= 0 } ? 1 : 0);
        var count = 0;
        foreach (var peer in Peers)
        {
            if (peer == except)
                continue;
            if (count < picked.Length && randomness.Below(left) < picked.Length - count)
                picked[count++] = peer;
            left--;
        }

        randomness.Shuffle(picked[..count]);
        return count;
    }
}
