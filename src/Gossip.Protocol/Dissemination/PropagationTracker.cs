namespace Gossip.Protocol;

/// <summary>
/// Proof that a node's own news has spread (not in the papers). Gossip is fast, but it does not say when it is done, and an owner that
/// drains or removes an instance needs to know that no peer will call it any more. Every ack tells up to which version its sender holds the
/// prober's records. So the owner gives rumours a moment, then asks all live peers, and its questions bring the news to those that lack it.
/// A proof does not judge: a peer that does not answer is left to the probes, and counts as missing until they have decided. The member
/// through which a newcomer joins knows the newcomer's records, and passes them on, before the newcomer knows the others. So until the
/// state of the cluster has come, at least one member is missing.
/// </summary>
internal sealed class PropagationTracker(
    Kernel kernel, SeedAliases aliases, AntiEntropy antiEntropy, Newcomers newcomers, Reachability reachability)
{
    /// <summary>Pings that leave at once: as many answers as fit into the smallest socket buffer.</summary>
    private const int DatagramsPerSlice = 64;

    /// <summary>Fewer than datagrams, since each stream has to be opened.</summary>
    private const int StreamsPerSlice = 8;

    /// <summary>From this sweep on every other one goes by stream: datagrams had two chances, and may be blocked.</summary>
    private const int FirstSweepByStream = 3;

    private static readonly TimeSpan PauseOfSlices = TimeSpan.FromMilliseconds(4);

    /// <summary>
    /// What rumours take to reach thousands of members in one data centre: a member that they reach first need not be told.
    /// </summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan ShortestSweepPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestSweepPause = TimeSpan.FromSeconds(1);

    private OpenProof? _proving;
    private byte[] _news = [];
    private (ulong Above, ulong Version) _newsOf;

    public NodeSize Size => new("members of a proof", _proving?.Known ?? 0, 2 * kernel.Options.MaxMembers);

    /// <summary>How far the proof that was begun last has come; null when there is none.</summary>
    public Proof? Proof => _proving is { } proving ? CountProof(proving) : null;

    /// <summary>Whether any other node may know this node's records.</summary>
    public bool IsHeard(Instant now) => kernel.Table.PeerCount > 0 || CountUnknown(now) > 0;

    /// <summary>Begins to prove that every live peer holds this node's records as they are now.</summary>
    public void Prove(Instant now)
    {
        var version = kernel.Self.RecordsVersion;
        if (kernel.Self.State == MemberState.Left || (_proving is { IsOver: false } proving && proving.Version == version))
            return;
        _proving = new OpenProof(version, kernel.Sender.NextSequence()) { Now = now };
        kernel.Deadlines[Deadline.Proof] = now + HeadStart;
    }

    /// <summary>Ends the proof under way, if any.</summary>
    public void Stop()
    {
        _proving = null;
        _news = [];
        _newsOf = default;
        kernel.Deadlines[Deadline.Proof] = Instant.Never;
    }

    /// <summary>Whether the proof under way counts a member as one that holds the version.</summary>
    public bool IsProvenBy(Member member) => _proving is { } proving && proving.IsHeldBy(member);

    private Proof CountProof(OpenProof proving) => proving.Count(kernel.Table, CountUnknown(proving.Now));

    private int CountUnknown(Instant now) => aliases.CountUnknown(now, antiEntropy.IsSynchronized);

    /// <summary>Continues asking.</summary>
    /// <param name="caller">When, and where effects go.</param>
    /// <param name="roundTrip">What an answer takes.</param>
    public void Step(in Caller caller, TimeSpan? roundTrip)
    {
        if (_proving is not { } proving)
            return;
        proving.Now = caller.Now;
        var proof = CountProof(proving);
        if (proof.IsComplete)
            return;
        var waitsForUnknown = proof.Acknowledged >= proof.Total - CountUnknown(caller.Now);
        // Before anything is sent: a proof whose next step is lost with an exception would never end.
        kernel.Deadlines[Deadline.Proof] = caller.Now + (waitsForUnknown ? ShortestSweepPause : PauseOfSlices);
        if (waitsForUnknown)
            return; // No member to ask yet.
        proving.Sweep(kernel.Table);
        var byStream = proving.Sweeps >= FirstSweepByStream && proving.Sweeps % 2 != 0;
        for (var left = byStream ? StreamsPerSlice : DatagramsPerSlice; left > 0; left--)
        {
            if (!proving.TryNext(out var member, out var held))
            {
                kernel.Deadlines[Deadline.Proof] = caller.Now + PauseAfterSweep(proving.Sweeps, roundTrip);
                return;
            }

            AskForProof(proving, member, held, byStream ? Delivery.Stream : Delivery.Datagram, caller);
        }
    }

    /// <summary>Twice the round trip of an answer, doubled after each further sweep.</summary>
    private static TimeSpan PauseAfterSweep(int sweeps, TimeSpan? roundTrip)
    {
        var shortest = 2 * (roundTrip ?? ShortestSweepPause);
        var pause = (shortest > ShortestSweepPause ? shortest : ShortestSweepPause) * (1 << Math.Min(sweeps - 1, 8));
        return pause < LongestSweepPause ? pause : LongestSweepPause;
    }

    /// <summary>
    /// The first question is a bare ping; the later ones put what the member lacks in front of the ping, so that its answer acknowledges
    /// it.
    /// </summary>
    private void AskForProof(OpenProof proving, Member member, ulong? held, Delivery delivery, in Caller caller)
    {
        var writer = kernel.Sender.BeginDatagram();
        if (proving.Sweeps > 1)
            writer.TryMessage(NewsAbove(held ?? LastWrite));
        writer.TryPing(Ping.To(kernel, caller.Now, proving.Sequence, member.Address, member.Id.Tag));
        if (proving.Sweeps % 2 == 0)
            kernel.Sender.SendAgain(writer, member, delivery, (uint)proving.Sweeps / 2, caller);
        else
            kernel.Sender.Send(writer, member.Address, delivery, caller);
    }

    /// <summary>A member that has acknowledged nothing yet most likely lacks only the last write.</summary>
    private ulong LastWrite => kernel.Self.StoredRecords is [.., var last] ? last.Since : 0;

    /// <summary>
    /// This node's records above a version if they fit into a datagram beside a ping, else a notice of them. Cached, since most members
    /// lack the same.
    /// </summary>
    private byte[] NewsAbove(ulong version)
    {
        if (version >= kernel.Self.RecordsVersion)
            return [];
        if (_news.Length > 0 && _newsOf == (version, kernel.Self.RecordsVersion))
            return _news;
        var delta = kernel.Self.Records.Since(kernel.Self.Id, version);
        var room = kernel.Sender.DatagramRoom - PacketSender.FrameOverhead;
        var fits = kernel.Sender.TryWriteDelta(delta, delta.Entries.ToArray(), room, out var message);
        _newsOf = (version, delta.To);
        _news = fits ? message.ToArray() : Registry.WriteNotice(kernel.Self.Id, delta.To);
        return _news;
    }

    public bool TryReceiveAck(in Caller caller, in Ack ack)
    {
        if (_proving is not { } proving || proving.Sequence != ack.Sequence)
            return false;
        if (proving.FindAsked(ack.ResponderTag) is { } member
            && kernel.Sender.Tokens.IsOwn(ack, member.Address, caller.Now))
        {
            kernel.Sender.NoteAnswer(member, caller);
            newcomers.Hear(caller.Now, member);
            reachability.NoteReached(caller, member);
            Note(member, ack);
        }

        return true;
    }

    /// <summary>How many live peers have ever acknowledged the last write, and how many there are.</summary>
    public (int Holders, int Peers) CountHolders()
    {
        var holders = 0;
        foreach (var peer in kernel.Table.Peers)
            holders += peer.AcknowledgedVersion == kernel.Self.RecordsVersion ? 1 : 0;
        return (holders, kernel.Table.PeerCount);
    }

    /// <summary>An acknowledgement of more than was ever written is a forgery, and proves nothing.</summary>
    public void Note(Member member, in Ack ack)
    {
        if (ack.Held > kernel.Self.RecordsVersion)
            return;
        _proving?.Hear(member, ack.Held);
        if (ack.Held > member.AcknowledgedVersion)
            member.AcknowledgedVersion = ack.Held;
    }
}
