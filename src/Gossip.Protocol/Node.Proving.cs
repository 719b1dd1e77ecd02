namespace Gossip.Protocol;

/// <summary>
/// Proof that one's news has spread (not in the papers). Gossip is fast, but it does not say when it is done; who drains, or takes an instance
/// back, wants to know that nobody will call it any more. Every ack tells up to which version its sender holds the prober's records. So the
/// owner asks all live peers, gives rumours a moment first, and tells those who do not have it yet on the way. A proof asks; it does not judge:
/// who does not answer is the probes' matter, and counts as missing until they have decided. Whoever a newcomer has joined through knows
/// its records before the newcomer knows it, and has passed them on to all the others: so until the state of the cluster has come, somebody
/// is missing.
/// </summary>
public sealed partial class Node
{
    /// <summary>Pings that leave at once: so many answers find room in the smallest socket's buffer.</summary>
    private const int DatagramsPerSlice = 64;

    /// <summary>A stream has to be opened, which costs more.</summary>
    private const int StreamsPerSlice = 8;

    /// <summary>From this sweep on every other one goes by stream: datagrams had two chances, and may be blocked.</summary>
    private const int FirstSweepByStream = 3;

    private static readonly TimeSpan PauseOfSlices = TimeSpan.FromMilliseconds(4);

    /// <summary>What rumours take to reach thousands in one data centre: who hears them first need not be told.</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan ShortestSweepPause = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestSweepPause = TimeSpan.FromSeconds(1);

    private Proving? _proving;
    private byte[] _news = [];
    private (ulong Above, ulong Version) _newsOf;

    /// <summary>How far the proof that was begun last has come; null when there is none.</summary>
    public Proof? Proof => _proving is { } proving ? CountProof(proving) : null;

    /// <summary>
    /// Whether anybody may know this node's records: a live member, or one that has answered this node's question and that this node does
    /// not know yet.
    /// </summary>
    public bool IsHeard(Instant now) => _table.PeerCount > 0 || CountUnknown(now) > 0;

    /// <summary>
    /// Begins to prove that every live peer holds this node's records as they are now: asks all that are not known to, and asks again, with
    /// growing pauses, until each has acknowledged it, <see cref="StopProving"/> is called or the node leaves. An earlier proof ends: what it
    /// was about is part of the later one. Members that join meanwhile are asked too; who is suspect, dead or gone does not count.
    /// </summary>
    public void Prove(Instant now)
    {
        if (_self.State == MemberState.Left || (_proving is { IsOver: false } proving && proving.Version == _self.RecordsVersion))
            return;
        _proving = new Proving(_self.RecordsVersion, _sender.NextSequence()) { Now = now };
        _deadlines[Deadline.Proof] = now + HeadStart;
    }

    /// <summary>Ends the proof under way, if any. What it has shown is forgotten.</summary>
    public void StopProving()
    {
        _proving = null;
        _news = [];
        _newsOf = default;
        _deadlines[Deadline.Proof] = Instant.Never;
    }

    private Proof CountProof(Proving proving) => proving.Count(_table, CountUnknown(proving.Now));

    private int CountUnknown(Instant now) => _aliases.CountUnknown(now, IsSynchronized);

    private void StepProof(in Caller caller)
    {
        if (_proving is not { } proving)
            return;
        proving.Now = caller.Now;
        var proof = CountProof(proving);
        if (proof.IsComplete)
            return;
        var waitsForUnknown = proof.Acknowledged >= proof.Total - CountUnknown(caller.Now);
        // Before anything is sent: a proof whose next step is lost with an exception would never end.
        _deadlines[Deadline.Proof] = caller.Now + (waitsForUnknown ? ShortestSweepPause : PauseOfSlices);
        if (waitsForUnknown)
            return; // There is nobody to ask yet.
        proving.Sweep(_table);
        var byStream = proving.Sweeps >= FirstSweepByStream && proving.Sweeps % 2 != 0;
        for (var left = byStream ? StreamsPerSlice : DatagramsPerSlice; left > 0; left--)
        {
            if (!proving.TryNext(out var member, out var held))
            {
                _deadlines[Deadline.Proof] = caller.Now + PauseAfterSweep(proving.Sweeps);
                return;
            }

            AskForProof(proving, member, held, byStream ? Delivery.Stream : Delivery.Datagram, caller.Outbox);
        }
    }

    /// <summary>Twice what an answer takes, and twice as long after each further sweep.</summary>
    private TimeSpan PauseAfterSweep(int sweeps)
    {
        var shortest = 2 * (_roundTrip ?? ShortestSweepPause);
        var pause = (shortest > ShortestSweepPause ? shortest : ShortestSweepPause) * (1 << Math.Min(sweeps - 1, 8));
        return pause < LongestSweepPause ? pause : LongestSweepPause;
    }

    /// <summary>The first question is a bare ping; the later ones bring what the member lacks in front, so that its answer tells of it.</summary>
    private void AskForProof(Proving proving, Member member, ulong? held, Delivery delivery, IOutbox outbox)
    {
        var writer = _sender.BeginDatagram();
        if (proving.Sweeps > 1)
            writer.TryMessage(NewsAbove(held ?? LastWrite));
        writer.TryPing(new Ping(proving.Sequence, _self.Id, member.Id.Tag, _table.Digest));
        _sender.Send(writer, member.Address, delivery, outbox);
    }

    /// <summary>Of a member that has acknowledged nothing yet it is most likely that it lacks the last write only.</summary>
    private ulong LastWrite => _self.StoredRecords is [.., var last] ? last.Since : 0;

    /// <summary>This node's records above a version where a datagram holds them besides a ping, else a notice of them. Kept: most lack the same.</summary>
    private byte[] NewsAbove(ulong version)
    {
        if (version >= _self.RecordsVersion)
            return [];
        if (_news.Length > 0 && _newsOf == (version, _self.RecordsVersion))
            return _news;
        var delta = _self.Records.Since(_self.Id, version);
        var fits = _sender.TryWriteDelta(delta, delta.Entries.ToArray(), _sender.DatagramRoom - PacketSender.FrameOverhead, out var message);
        _newsOf = (version, delta.To);
        _news = fits ? message.ToArray() : Registry.WriteNotice(_self.Id, delta.To);
        return _news;
    }

    private bool TryReceiveProofAck(in Caller caller, in Ack ack)
    {
        if (_proving is not { } proving || proving.Sequence != ack.Sequence)
            return false;
        if (proving.FindAsked(ack.ResponderTag) is { } member)
        {
            _newcomers.Hear(caller.Now, member);
            _reachability.NoteReached(caller, member);
            NoteHeld(member, ack);
        }

        return true;
    }

    /// <summary>An acknowledgement of more than was ever written is a forgery, and proves nothing.</summary>
    private void NoteHeld(Member member, in Ack ack)
    {
        if (ack.Held <= _self.RecordsVersion)
            _proving?.Hear(member, ack.Held);
    }
}
