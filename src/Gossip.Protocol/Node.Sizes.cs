namespace Gossip.Protocol;

/// <summary>How full everything is that others can fill, each beside its bound; for the simulator's checkers.</summary>
public sealed partial class Node
{
    internal IEnumerable<NodeSize> Sizes =>
    [
        new("members", _table.All.Count, Options.MaxMembers),
        new("members to probe", _order.Count, _table.PeerCount),
        new("suspicions", _suspicions.Count, _table.PeerCount),
        new("newcomers", _newcomers.Count, Options.MaxMembers),
        new("membership rumours", _rumors.CountOf(RumorClass.Membership), Limits.RumorsPerClass),
        new("service rumours", _rumors.CountOf(RumorClass.Services), Limits.RumorsPerClass),
        new("subjects of rumours", _rumors.Count, _rumors.CountOf(RumorClass.Membership) + _rumors.CountOf(RumorClass.Services)),
        new("relays", _relays.Count, Limits.RelaysInFlight),
        new("questions", _joins.Count, Limits.SeedAliases),
        new("seed aliases", _aliases.Count, Limits.SeedAliases),
        new("twins", _twins.Count, Limits.Twins),
        new("namesakes", _namesakes.Count, Limits.Twins),
        new("appearances", _appearances.Count, MostAppearances),
        new("witnesses of an appearance", _appearances.Count == 0 ? 0 : _appearances.Max(one => one.Peers), MostWitnesses),
        new("doubted members", _doubted.Count, MostDoubted),
        new("loads to pass on", _loads.Pending, _loads.Count),

        // Who was evicted is let go of with the next sweep of a proof, and with the next reaping of the loads.
        new("loads", _loads.Count, 2 * Options.MaxMembers),
        new("members of a proof", _proving?.Known ?? 0, 2 * Options.MaxMembers),
    ];

    /// <summary>The same of what one owner can fill.</summary>
    internal IEnumerable<NodeSize> SizesOf(Member member)
    {
        var (records, tombstones, bytes) = (0, 0, 0);
        foreach (var stored in member.StoredRecords)
        {
            (records, tombstones) = stored.IsTombstone ? (records, tombstones + 1) : (records + 1, tombstones);
            bytes += stored.Bytes;
        }

        // One who accuses first, those who confirm, one with stronger evidence, and one with the verdict. Tombstones that came early count for
        // themselves.
        return
        [
            new("records", records, Limits.RecordsPerOwner),
            new("tombstones", tombstones, 2 * Limits.TombstonesPerOwner),
            new("bytes of records", bytes, Limits.RecordBytesPerOwner),
            new("testimonies", member.Testimonies.Count, Options.SuspicionConfirmations + 3),
        ];
    }
}

/// <summary>How full something is, and how full it may be.</summary>
internal readonly record struct NodeSize(string What, int Count, int Limit)
{
    public bool IsBounded => Count <= Limit;

    public override string ToString() => $"{Count} {What}, more than {Limit}";
}
