namespace Gossip.Protocol;

/// <summary>
/// Room for the records of other members: a bound on all of them (<see cref="NodeOptions.MaxRecordBytes"/>), and a share of it for each
/// owner. Records without room are known, and not held. A member that has answered this node takes the room of those that never did, and
/// every live one that of the dead: so whoever invents members fills the room only until real ones need it.
/// </summary>
internal sealed class RecordRoom(Kernel kernel)
{
    /// <summary>One owner may take one part in so many.</summary>
    private const int Shares = 8;

    /// <summary>Owners that are asked at once for what is not held: each answers with all of its records.</summary>
    private const int WantedAtOnce = 8;

    /// <summary>Room is given away again below so much of the bound, so that records do not come and go with every change.</summary>
    private const double Refill = 0.9;

    /// <summary>Whether records of some member may be unheld: mostly none are, and nobody is looked at.</summary>
    private bool _hasUnheld;

    /// <summary>Bytes for all.</summary>
    public long Most => kernel.Options.MaxRecordBytes;

    /// <summary>Whether an owner's records may grow by so many bytes, by its own share.</summary>
    public bool IsWithinShare(Member owner, long bytes) => bytes <= 0 || owner.Records.Cost + bytes <= Most / Shares;

    /// <summary>Whether there is room for so many bytes more.</summary>
    public bool Has(long bytes) => bytes <= 0 || kernel.Table.RecordCost + bytes <= Most;

    /// <summary>Records have been let go.</summary>
    public void NoteUnheld() => _hasUnheld = true;

    /// <summary>
    /// Live members whose records are not held and would find room now, a few at a time. Before, what answers that have stopped took is
    /// let go.
    /// </summary>
    public IReadOnlyList<Member> FindWanted(Instant now, TimeSpan pause)
    {
        var peers = kernel.Table.Peers;
        _hasUnheld = _hasUnheld && HasUnheld();
        if (!_hasUnheld)
            return [];
        foreach (var peer in peers)
        {
            if (peer.Records.DropStalledRefill())
                kernel.Table.UpdateRecords(peer);
        }

        var wanted = new List<Member>();
        var free = (long)(Most * Refill) - kernel.Table.RecordCost;
        var first = kernel.Randomness.Below(peers.Length);
        for (var i = 0; i < peers.Length && wanted.Count < WantedAtOnce; i++)
        {
            var peer = peers[(first + i) % peers.Length];
            var share = Math.Min(free, Most / Shares);
            if (!peer.Records.MayBeHeld(now, pause, share))
                continue;
            free -= Math.Min(peer.Records.Missing, share);
            wanted.Add(peer);
        }

        return wanted;
    }

    /// <summary>
    /// The member whose records give way to an owner's; null for none. The dead give way to the live, and members that never answered to
    /// one that did; of these the one with the most.
    /// </summary>
    public Member? NextToGiveWay(Member owner)
    {
        Member? next = null;
        foreach (var member in kernel.Table.All)
        {
            if (member == owner || member == kernel.Self || member.CountedCost == 0 || RankOf(member) >= RankOf(owner))
                continue;
            if (next is null || (RankOf(member), -member.CountedCost).CompareTo((RankOf(next), -next.CountedCost)) < 0)
                next = member;
        }

        return next;
    }

    /// <summary>Of the dead too: they may come back.</summary>
    private bool HasUnheld()
    {
        foreach (var member in kernel.Table.All)
        {
            if (member.IsUnheld)
                return true;
        }

        return false;
    }

    private static int RankOf(Member member) => !member.IsLive ? 0 : member.IsProven ? 2 : 1;
}
