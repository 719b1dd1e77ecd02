namespace Gossip.Protocol;

/// <summary>
/// Gossip leaves a tail: each rumour misses somebody with a small probability. So every probe carries a hash of all that is known, and two
/// nodes that differ find the difference level by level, sixteen parts at a time, and exchange only that. The cost follows the difference,
/// not the state.
/// </summary>
public sealed partial class Node
{
    /// <summary>News still on its way must not look like a difference.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(250);

    /// <summary>Under constant change the tables never settle; then a comparison is made this often all the same.</summary>
    private static readonly TimeSpan RepairInterval = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Of so many repairs one goes by stream: it may be the large datagrams that get lost on the way. That another member agrees meanwhile, or that
    /// a repair brings what is small, says nothing of them, and so resets no count.
    /// </summary>
    private const int RepairsPerStream = 2;

    private Instant _lastRepair;
    private int _repairsSinceStream;

    /// <summary>An ack that did not come straight and by datagram tells that datagrams may not pass: then a stream is the surer way.</summary>
    private void CompareDigest(in Caller caller, Member member, uint digest, bool isDirect)
    {
        if (digest == _table.Digest)
        {
            MarkSynchronized(caller);
        }
        else if (caller.Now - _table.LastNews >= SettleTime || caller.Now - _lastRepair >= RepairInterval)
        {
            var byDatagram = isDirect && ++_repairsSinceStream < RepairsPerStream;
            if (!byDatagram)
                _repairsSinceStream = 0;
            Reconcile(caller, member.Address, byDatagram ? Delivery.Datagram : Delivery.Stream);
        }
    }

    private void CompareAfterJoins(in Caller caller)
    {
        var settled = _table.LastNews + _gossiper.SettleTime;
        if (caller.Now < settled)
            _deadlines[Deadline.Compare] = settled;
        else if (_self.IsLive && _table.Pick(_randomness, null, _picked.AsSpan(0, 1)) > 0)
            Reconcile(caller, _picked[0].Address, Delivery.Datagram);
    }

    /// <summary>
    /// Opens the comparison. The node's own profile goes first, here and in the answers: the other may not know who asks, and
    /// answers members only. So two nodes agree even where no stream gets through.
    /// </summary>
    private void Reconcile(in Caller caller, PeerAddress peer, Delivery delivery)
    {
        _lastRepair = caller.Now;
        Counters.Repairs++;
        var answer = new ReplyWriter(_sender, peer, delivery, caller.Outbox);
        answer.Add(_self.Profile.Encoded);
        AddSummary(ref answer, 0, 0);
        answer.Flush();
    }

    private bool ReceiveSummary(in Caller caller, in Summary summary)
    {
        if (!caller.IsMember(_table) || summary.Depth >= MemberTable.MaxDepth)
            return true;
        var answer = new ReplyWriter(_sender, caller.From, caller.Delivery, caller.Outbox);
        var agrees = true; // Then there is nothing to say, not even who says it: after a join that is the rule.
        for (var part = 0; part < 16; part++)
        {
            var depth = summary.Depth + 1;
            var prefix = (summary.Prefix << 4) | (uint)part;
            var (start, end) = _table.Range(depth, prefix);
            if (_table.HashOfRange(start, end) == summary.Hashes[part])
                continue;
            if (agrees)
                answer.Add(_self.Profile.Encoded);
            agrees = false;
            if (end - start <= Limits.DigestEntries || depth == MemberTable.MaxDepth)
                AddDigest(ref answer, depth, prefix, start, end);
            else
                AddSummary(ref answer, depth, prefix);
        }

        answer.Flush();
        return true;
    }

    private bool ReceiveDigest(in Caller caller, in Digest digest)
    {
        if (!caller.IsMember(_table))
            return true;
        var answer = new ReplyWriter(_sender, caller.From, caller.Delivery, caller.Outbox);
        var wanted = new List<WantEntry>();
        var listed = new HashSet<MemberId>();
        foreach (var theirs in digest.Entries)
        {
            listed.Add(theirs.Member);
            CompareEntry(caller, theirs, wanted, ref answer);
        }

        var (start, end) = _table.Range(digest.Depth, digest.Prefix);
        for (var i = start; i < end; i++)
        {
            var mine = _table.All[i];
            if (mine.IsLive && !listed.Contains(mine.Id))
                AddMember(ref answer, mine, 0);
        }

        if (wanted.Count > 0 || digest.Depth == 0)
            answer.AddWant(wanted.ToArray());
        answer.Flush();
        if (digest.Depth == 0 && wanted.Count == 0)
            MarkSynchronized(caller);
        return true;
    }

    /// <summary>One member as the other sees it: what it lacks is added to the answer, what this node lacks to the wanted.</summary>
    private void CompareEntry(in Caller caller, in DigestEntry theirs, List<WantEntry> wanted, ref ReplyWriter answer)
    {
        if (theirs.Member == _self.Id)
        {
            if (theirs.Claim > _self.Claim)
                _memberships.Refute(caller, new Accusation(_self.Id, theirs.Claim, default));
            if (theirs.Version > _self.RecordsVersion)
                _registry.OutrankRecords(caller, theirs.Version);
            if (theirs.Claim < _self.Claim || theirs.Version < _self.RecordsVersion)
                AddMember(ref answer, _self, theirs.Version);
            return;
        }

        if (_table.Find(theirs.Member) is not { } mine)
        {
            if (theirs.Claim.IsLive)
                wanted.Add(new WantEntry(theirs.Member, 0));
            return;
        }

        if (theirs.Claim > mine.Claim || theirs.Version > mine.RecordsVersion)
            wanted.Add(new WantEntry(theirs.Member, mine.RecordsVersion));
        if (theirs.Claim < mine.Claim || theirs.Version < mine.RecordsVersion)
            AddMember(ref answer, mine, theirs.Version);
    }

    private bool ReceiveWant(in Caller caller, IReadOnlyList<WantEntry> wanted)
    {
        if (!caller.IsMember(_table))
            return true;
        var answer = new ReplyWriter(_sender, caller.From, caller.Delivery, caller.Outbox);
        foreach (var want in wanted)
        {
            if (_table.Find(want.Member) is { } member)
                AddMember(ref answer, member, want.Version);
        }

        answer.Flush();
        if (caller.Delivery == Delivery.Stream)
            MarkSynchronized(caller);
        return true;
    }

    /// <summary>
    /// Adds a member's profile, what is said against it and by whom, and its records above a version. A death is told as a suspicion: after a
    /// split each side holds the other dead, and those who are alive must have their chance to refute before they vanish from the other's view.
    /// </summary>
    private void AddMember(ref ReplyWriter answer, Member member, ulong version)
    {
        answer.Add(member.Profile.Encoded);
        if (member.State == MemberState.Left)
            answer.Add(new Accusation(member.Id, member.Claim, default).ToMessage());
        foreach (var testimony in member.Testimonies)
            answer.Add(new Accusation(member.Id, new Claim(member.Claim.Incarnation, MemberState.Suspect), testimony).ToMessage());

        if (member.IsLive)
            _registry.AddRecords(ref answer, member, version);
    }

    private void AddSummary(ref ReplyWriter answer, int depth, ulong prefix)
    {
        Span<uint> hashes = stackalloc uint[16];
        for (var part = 0; part < 16; part++)
        {
            var (start, end) = _table.Range(depth + 1, (prefix << 4) | (uint)part);
            hashes[part] = _table.HashOfRange(start, end);
        }

        Span<byte> buffer = stackalloc byte[128];
        var writer = new PacketWriter(buffer);
        writer.TrySummary(depth, prefix, hashes);
        answer.Add(buffer[..writer.Length]);
    }

    private void SendDigest(int depth, ulong prefix, PeerAddress to, Delivery delivery, IOutbox outbox)
    {
        var answer = new ReplyWriter(_sender, to, delivery, outbox);
        var (start, end) = _table.Range(depth, prefix);
        AddDigest(ref answer, depth, prefix, start, end);
        answer.Flush();
    }

    private void AddDigest(ref ReplyWriter answer, int depth, ulong prefix, int start, int end)
    {
        var entries = new DigestEntry[end - start];
        for (var i = start; i < end; i++)
        {
            var member = _table.All[i];
            entries[i - start] = new DigestEntry(member.Id, member.Claim, member.RecordsVersion);
        }

        var buffer = new byte[32 + (entries.Length * 32)];
        var writer = new PacketWriter(buffer);
        if (buffer.Length <= ReplyWriter.MaxMessage && writer.TryDigest(depth, prefix, entries))
            answer.Add(buffer.AsSpan(0, writer.Length));
        else
            AddSummary(ref answer, depth, prefix);
    }
}
