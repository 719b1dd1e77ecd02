namespace Gossip.Protocol;

/// <summary>
/// Gossip leaves a tail: each rumour misses somebody with a small probability. So every probe carries a hash of all that is known, and two
/// nodes that differ find the difference level by level, sixteen parts at a time, and exchange only that. The cost follows the difference,
/// not the state.
/// </summary>
internal sealed class AntiEntropy(
    Kernel kernel, Gossiper gossiper, Introductions introductions, Memberships memberships, Registry registry)
{
    /// <summary>News still on its way must not look like a difference.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromMilliseconds(250);

    /// <summary>Under constant change the tables never settle; then a comparison is made this often all the same.</summary>
    private static readonly TimeSpan RepairInterval = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Of so many repairs one goes by stream: it may be the large datagrams that get lost on the way. That another member agrees meanwhile,
    /// or that a repair brings what is small, says nothing of them, and so resets no count.
    /// </summary>
    private const int RepairsPerStream = 2;

    private readonly Member[] _picked = new Member[1];
    private Instant _lastRepair;
    private int _repairsSinceStream;

    /// <summary>Whether the node has the state of the cluster, from another that it asked or that asked it.</summary>
    public bool IsSynchronized { get; private set; }

    /// <summary>
    /// An ack that did not come straight and by datagram tells that datagrams may not pass: then a stream is the surer way.
    /// </summary>
    public void Compare(in Caller caller, Member member, uint digest, bool isDirect)
    {
        if (digest == kernel.Table.Digest)
        {
            MarkSynchronized(caller);
        }
        else if (caller.Now - kernel.Table.LastNews >= SettleTime || caller.Now - _lastRepair >= RepairInterval)
        {
            var byDatagram = isDirect && ++_repairsSinceStream < RepairsPerStream;
            if (!byDatagram)
                _repairsSinceStream = 0;
            Reconcile(caller, member.Address, byDatagram ? Delivery.Datagram : Delivery.Stream);
        }
    }

    /// <summary>Compares once with somebody, when the news has settled.</summary>
    public void Step(in Caller caller)
    {
        var settled = kernel.Table.LastNews + gossiper.SettleTime;
        if (caller.Now < settled)
            kernel.Deadlines[Deadline.Compare] = settled;
        else if (kernel.Self.IsLive && kernel.Table.Pick(kernel.Randomness, null, _picked) > 0)
            Reconcile(caller, _picked[0].Address, Delivery.Datagram);
    }

    /// <summary>
    /// Opens the comparison. The node's own profile goes first, here and in the answers: the other may not know who asks, and
    /// answers members only. So two nodes agree even where no stream gets through.
    /// </summary>
    public void Reconcile(in Caller caller, PeerAddress peer, Delivery delivery)
    {
        _lastRepair = caller.Now;
        kernel.Counters.Repairs++;
        var reply = new ReplyWriter(kernel.Sender, peer, delivery, caller with { Answer = null });
        reply.Add(kernel.Self.Profile.Encoded);
        if (delivery == Delivery.Datagram && !kernel.Table.IsProven(peer))
            reply.Add(introductions.Question(caller.Now, peer)); // Its answers to the comparison are answered then.
        AddSummary(ref reply, 0, 0);
        reply.Flush();
    }

    /// <summary>
    /// Whether a comparison is gone on with. A live member whose address is not proven yet is asked to prove it, and compares when it has.
    /// </summary>
    private bool IsAnswered(in Caller caller)
    {
        if (caller.IsProven(kernel.Table))
            return true;
        if (caller.IsLive(kernel.Table))
            introductions.Ask(caller);
        return false;
    }

    /// <summary>Another tells the hashes of a range: where they differ, it is told what is there.</summary>
    public bool ReceiveSummary(in Caller caller, in Summary summary)
    {
        if (!IsAnswered(caller) || summary.Depth >= MemberTable.MaxDepth)
            return true;
        var reply = new ReplyWriter(kernel.Sender, caller.From, caller.Delivery, caller);
        var agrees = true; // Then there is nothing to say, not even who says it: after a join that is the rule.
        for (var part = 0; part < 16; part++)
        {
            var depth = summary.Depth + 1;
            var prefix = (summary.Prefix << 4) | (uint)part;
            var (start, end) = kernel.Table.Range(depth, prefix);
            if (kernel.Table.HashOfRange(start, end) == summary.Hashes[part])
                continue;
            if (agrees)
                reply.Add(kernel.Self.Profile.Encoded);
            agrees = false;
            if (end - start <= Limits.DigestEntries || depth == MemberTable.MaxDepth)
                AddDigest(ref reply, depth, prefix, start, end);
            else
                AddSummary(ref reply, depth, prefix);
        }

        reply.Flush();
        return true;
    }

    /// <summary>Another tells what it knows in a range: each is told what it lacks.</summary>
    public bool ReceiveDigest(in Caller caller, in Digest digest)
    {
        if (!IsAnswered(caller))
            return true;
        var reply = new ReplyWriter(kernel.Sender, caller.From, caller.Delivery, caller);
        var wanted = new List<WantEntry>();
        var listed = new HashSet<MemberId>();
        foreach (var theirs in digest.Entries)
        {
            listed.Add(theirs.Member);
            CompareEntry(caller, theirs, wanted, ref reply);
        }

        var (start, end) = kernel.Table.Range(digest.Depth, digest.Prefix);
        for (var i = start; i < end; i++)
        {
            var mine = kernel.Table.All[i];
            if (mine.IsLive && !listed.Contains(mine.Id))
                AddMember(ref reply, mine, 0);
        }

        if (wanted.Count > 0 || digest.Depth == 0)
            reply.AddWant(wanted.ToArray());
        reply.Flush();
        if (digest.Depth == 0 && wanted.Count == 0)
            MarkSynchronized(caller);
        return true;
    }

    /// <summary>One member as the other sees it: what it lacks is added to the answer, what this node lacks to the wanted.</summary>
    private void CompareEntry(in Caller caller, in DigestEntry theirs, List<WantEntry> wanted, ref ReplyWriter reply)
    {
        if (theirs.Member == kernel.Self.Id)
        {
            if (theirs.Claim > kernel.Self.Claim)
                memberships.Refute(caller, new Accusation(kernel.Self.Id, theirs.Claim, default));
            if (theirs.Version > kernel.Self.RecordsVersion)
                registry.OutrankRecords(caller, theirs.Version);
            if (theirs.Claim < kernel.Self.Claim || theirs.Version < kernel.Self.RecordsVersion)
                AddMember(ref reply, kernel.Self, theirs.Version);
            return;
        }

        if (kernel.Table.Find(theirs.Member) is not { } mine)
        {
            if (theirs.Claim.IsLive)
                wanted.Add(new WantEntry(theirs.Member, 0));
            return;
        }

        if (theirs.Claim > mine.Claim || theirs.Version > mine.RecordsVersion)
            wanted.Add(new WantEntry(theirs.Member, mine.RecordsVersion));
        if (theirs.Claim < mine.Claim || theirs.Version < mine.RecordsVersion)
            AddMember(ref reply, mine, theirs.Version);
    }

    /// <summary>Another asks for members.</summary>
    public bool ReceiveWant(in Caller caller, IReadOnlyList<WantEntry> wanted)
    {
        if (!IsAnswered(caller))
            return true;
        var reply = new ReplyWriter(kernel.Sender, caller.From, caller.Delivery, caller);
        foreach (var want in wanted)
        {
            if (kernel.Table.Find(want.Member) is { } member)
                AddMember(ref reply, member, want.Version);
        }

        reply.Flush();
        if (caller.Delivery == Delivery.Stream)
            MarkSynchronized(caller);
        return true;
    }

    /// <summary>
    /// Adds a member's profile, what is said against it and by whom, and its records above a version. A death is told as a suspicion: after
    /// a split each side holds the other dead, and those who are alive must have their chance to refute before they vanish from the other's
    /// view.
    /// </summary>
    private void AddMember(ref ReplyWriter reply, Member member, ulong version)
    {
        reply.Add(member.Profile.Encoded);
        if (member.State == MemberState.Left)
            reply.Add(new Accusation(member.Id, member.Claim, default).ToMessage());
        foreach (var testimony in member.Testimonies)
            reply.Add(new Accusation(member.Id, new Claim(member.Claim.Incarnation, MemberState.Suspect), testimony).ToMessage());

        if (member.IsLive)
            registry.AddRecords(ref reply, member, version);
    }

    private void AddSummary(ref ReplyWriter reply, int depth, ulong prefix)
    {
        Span<uint> hashes = stackalloc uint[16];
        for (var part = 0; part < 16; part++)
        {
            var (start, end) = kernel.Table.Range(depth + 1, (prefix << 4) | (uint)part);
            hashes[part] = kernel.Table.HashOfRange(start, end);
        }

        Span<byte> buffer = stackalloc byte[128];
        var writer = new PacketWriter(buffer);
        writer.TrySummary(depth, prefix, hashes);
        reply.Add(buffer[..writer.Length]);
    }

    /// <summary>
    /// Tells all that is known in a range, in short, on this node's own account: like <see cref="Reconcile"/> it is nobody's answer.
    /// </summary>
    public void SendDigest(int depth, ulong prefix, PeerAddress to, Delivery delivery, in Caller caller)
    {
        var reply = new ReplyWriter(kernel.Sender, to, delivery, caller with { Answer = null });
        var (start, end) = kernel.Table.Range(depth, prefix);
        AddDigest(ref reply, depth, prefix, start, end);
        reply.Flush();
    }

    private void AddDigest(ref ReplyWriter reply, int depth, ulong prefix, int start, int end)
    {
        var entries = new DigestEntry[end - start];
        for (var i = start; i < end; i++)
        {
            var member = kernel.Table.All[i];
            entries[i - start] = new DigestEntry(member.Id, member.Claim, member.RecordsVersion);
        }

        var buffer = new byte[32 + (entries.Length * 32)];
        var writer = new PacketWriter(buffer);
        if (buffer.Length <= ReplyWriter.MaxMessage && writer.TryDigest(depth, prefix, entries))
            reply.Add(buffer.AsSpan(0, writer.Length));
        else
            AddSummary(ref reply, depth, prefix);
    }

    private void MarkSynchronized(in Caller caller)
    {
        if (IsSynchronized)
            return;
        IsSynchronized = true;
        IntroduceItself(caller);
        gossiper.CompareSoon(caller.Now);
        caller.Outbox.Publish(new ClusterEvent(ClusterEventKind.Synchronized, caller.Now, kernel.Self));
    }

    /// <summary>
    /// What the node said before it knew the members has reached few of them. Its profile goes along, since its records are of no use to
    /// one that the seed's rumour has not reached yet.
    /// </summary>
    private void IntroduceItself(in Caller caller)
    {
        if (kernel.Self.State == MemberState.Left)
            return;
        var subject = new RumorSubject(RumorClass.Membership, kernel.Self.Id);
        gossiper.Spread(caller, subject, kernel.Self.Profile.Encoded, kernel.Options.GossipCoalesce);
        foreach (var stored in kernel.Self.StoredRecords)
            registry.SpreadOwn(caller, stored);
    }
}
