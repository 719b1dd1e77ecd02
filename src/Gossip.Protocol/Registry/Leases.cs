namespace Gossip.Protocol;

/// <summary>
/// What members leave behind that have gone: records that an agent wrote for an instance which may live on. Each counts for as long as its
/// lease runs, by this node's own time from the moment at which it saw the member go, and until a live member has adopted it: it has a
/// record of the same key from an agent of the same name. Who was gone before this node knew it leaves nothing behind here, so a node that
/// joins shows nobody whom the others have long let go. What was draining goes with its owner: nobody was to call it any more, and its end
/// may not have been heard. Nothing of this is sent.
/// </summary>
internal sealed class Leases(Kernel kernel)
{
    private readonly List<Orphaned> _running = [];

    /// <summary>A member that was live has gone.</summary>
    public void Begin(Instant now, Member member)
    {
        // One that was back meanwhile, and goes again, begins anew.
        _running.RemoveAll(one => one.Member == member);
        var orphaned = new Orphaned(member, now);
        foreach (var record in member.StoredRecords)
        {
            if (record.Head.Lease is not null && IsAdopted(member, record))
                orphaned.Adopted.Add(record.Key);
        }

        _running.Add(orphaned);
        Look(now, orphaned);
        Settle();
    }

    /// <summary>Records of a member have changed: of one that has gone, or of one that may have adopted some.</summary>
    public void NoteRecords(Instant now, Member owner)
    {
        if (_running.Count == 0)
            return;
        var changes = false;
        foreach (var orphaned in _running)
        {
            if (orphaned.Member == owner || Adopt(orphaned, owner))
                changes |= Look(now, orphaned);
        }

        if (changes)
            Settle();
    }

    /// <summary>Leases end.</summary>
    public void Step(in Caller caller)
    {
        foreach (var orphaned in _running)
        {
            if (Look(caller.Now, orphaned))
                caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.ServicesChanged, caller.Now, orphaned.Member));
        }

        Settle();
    }

    private bool IsAdopted(Member gone, StoredRecord record)
    {
        foreach (var member in kernel.Table.All)
        {
            if (member != gone && member.IsLive && Adopts(member, record))
                return true;
        }

        return false;
    }

    private static bool Adopts(Member member, StoredRecord record) =>
        member.Records.Count > 0 && member.Records.Find(record.Key)?.Head.Lease is { } lease && lease.Agent == record.Head.Lease!.Agent;

    /// <summary>Whether a member has adopted some more.</summary>
    private static bool Adopt(Orphaned orphaned, Member owner)
    {
        var before = orphaned.Adopted.Count;
        if (!owner.IsLive)
            return false;
        foreach (var record in orphaned.Member.OrphanedRecords)
        {
            if (Adopts(owner, record))
                orphaned.Adopted.Add(record.Key);
        }

        return orphaned.Adopted.Count > before;
    }

    /// <summary>Finds out what of a member's records still counts. True when that has changed.</summary>
    private bool Look(Instant now, Orphaned orphaned)
    {
        var member = orphaned.Member;
        if (!IsGone(member))
            return false;
        StoredRecord[] left =
        [
            .. member.StoredRecords.Where(record => record.Head.Lease is { } lease && orphaned.Began + lease.Time > now
                && record.State != ServiceState.Draining && !orphaned.Adopted.Contains(record.Key)),
        ];
        if (left.SequenceEqual(member.OrphanedRecords))
            return false;
        member.OrphanedRecords = left;
        kernel.Table.Note(member);
        return true;
    }

    /// <summary>Forgets what has ended, and finds out when the next one does.</summary>
    private void Settle()
    {
        _running.RemoveAll(one => !IsGone(one.Member) || one.Member.OrphanedRecords.Count == 0);
        var next = Instant.Never;
        foreach (var orphaned in _running)
        {
            foreach (var record in orphaned.Member.OrphanedRecords)
                next = Instant.Earlier(next, orphaned.Began + record.Head.Lease!.Time);
        }

        kernel.Deadlines[Deadline.Lease] = next;
    }

    private bool IsGone(Member member) => !member.IsLive && kernel.Table.Find(member.Id) == member;

    /// <summary>One member that has gone.</summary>
    private sealed record Orphaned(Member Member, Instant Began)
    {
        /// <summary>Keys of records that a live member has by now.</summary>
        public HashSet<string> Adopted { get; } = new(StringComparer.Ordinal);
    }
}
