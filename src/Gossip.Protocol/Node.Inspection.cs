namespace Gossip.Protocol;

/// <summary>What simulators, checkers and tests look at, and how they begin.</summary>
internal sealed partial class Node
{
    /// <summary>The node's timers; for the simulator of Lifeguard's anomaly.</summary>
    internal Deadlines Timers => _kernel.Deadlines;

    /// <summary>Whether a live member is known at an address.</summary>
    internal bool KnowsLiveAt(PeerAddress address) => _kernel.Table.FindLiveAt(address) is not null;

    /// <summary>How often the member table changed.</summary>
    internal long TableChanges => _kernel.Table.Changes;

    /// <summary>Whether a rumour waits that was never sent.</summary>
    internal bool HasFreshNews => _gossiper.HasFresh;

    /// <summary>How full everything is that others can fill, each beside its bound.</summary>
    internal IEnumerable<NodeSize> Sizes =>
    [
        new("members", _kernel.Table.All.Count, Options.MaxMembers),
        .. _detector.Sizes,
        .. _gossiper.Sizes,
        _relay.Size,
        .. _joiner.Sizes,
        _introductions.Size,
        .. _reaper.Sizes,
        .. _observed.Sizes,
        _reachability.Size,
        .. _loads.Sizes,
        _tracker.Size,
        .. _inspections.Sizes,
    ];

    /// <summary>Whether the proof under way counts a member as one that holds the version.</summary>
    internal bool IsProvenBy(Member member) => _tracker.IsProvenBy(member);

    /// <summary>
    /// Takes in members as if they had been known for long: nothing is published and nothing is passed on. The profiles do not change, so
    /// that the nodes of one process may share them. Joining costs each of n nodes n messages; a simulation of thousands at rest begins
    /// after that.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="profiles">What the members say of themselves, in the order of their ids; this node's own is skipped.</param>
    internal void Preload(Instant now, ReadOnlySpan<MemberProfile> profiles)
    {
        _kernel.Table.Reserve(profiles.Length);
        foreach (var profile in profiles)
        {
            if (profile.Id == _kernel.Self.Id)
                continue;
            var member = new Member(profile, new Claim(profile.Incarnation, MemberState.Alive), now) { IsProven = true };
            if (!_kernel.Table.TryAdd(member, out _))
                throw new InvalidOperationException($"The table of {_kernel.Self} is full with {_kernel.Table.All.Count} members.");
            _detector.Append(profile.Id);
        }
    }

    /// <summary>The same of what one owner can fill.</summary>
    internal IEnumerable<NodeSize> SizesOf(Member member)
    {
        var (records, tombstones, bytes) = (0, 0, 0);
        foreach (var stored in member.Records.All)
        {
            (records, tombstones) = stored.IsTombstone ? (records, tombstones + 1) : (records + 1, tombstones);
            bytes += stored.Bytes;
        }

        // One who accuses first, those who confirm, one with stronger evidence, and one with the verdict. Tombstones that came early count
        // for themselves.
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
