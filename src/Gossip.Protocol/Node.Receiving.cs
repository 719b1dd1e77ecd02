namespace Gossip.Protocol;

/// <summary>A packet's messages, and what answers tell of whoever gave them.</summary>
internal sealed partial class Node
{
    /// <summary>
    /// Asks the sender of a packet to show that it receives where it sends from. For a host that wants to know of a stream's other end
    /// whether it speaks to a member, or to a recording of one.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="peer">Where the packet came from.</param>
    /// <param name="delivery">How it came.</param>
    /// <param name="keyId">The key that sealed it.</param>
    /// <param name="outbox">Where effects go.</param>
    public void Introduce(Instant now, PeerAddress peer, Delivery delivery, uint keyId, IOutbox outbox) =>
        _introductions.Ask(new Caller(now, outbox, peer, delivery, KeyId: keyId));

    /// <summary>The messages of one packet.</summary>
    /// <returns>Whether one of them answers this node.</returns>
    private bool Take(in Caller caller, ReadOnlySpan<byte> body)
    {
        Ping? answerable = null;
        var isAnswer = false;
        var speaker = caller;
        var reader = new PacketReader(body);
        while (reader.TryNext(out var type, out var message))
        {
            Counters.Received.Add(type, message.Length);
            if (type == MessageType.Ack && PacketReader.TryAck(message, out var ack))
            {
                // What follows an answer, in its packet, is the word of the one that gave it.
                var isOwn = ReceiveAck(speaker, ack);
                if (isOwn)
                    _introductions.HearAnswer(speaker);
                speaker = isOwn ? speaker with { Answerer = ack.ResponderTag } : speaker;
                isAnswer |= isOwn;
            }
            else if (!TryRoute(speaker, type, message, ref answerable))
                Counters.Drop(DropReason.MalformedMessage);
        }

        if (!reader.IsAtEnd)
            Counters.Drop(DropReason.MalformedMessage);
        if (answerable is { } ping)
        {
            caller.Answer?.Give();
            _detector.AnswerPing(caller, ping);
        }

        return isAnswer;
    }

    /// <summary>
    /// The messages of a packet that is sealed and stale. A question is answered, and an answer with this node's own token is fresh
    /// whatever the packet says: by these two a node that slept, or whose clock is wrong, comes to the second of the others. All else is
    /// dropped.
    /// </summary>
    private bool TakeStale(in Caller caller, ReadOnlySpan<byte> body, bool isAhead)
    {
        Counters.Drop(DropReason.Stale);
        Ping? answerable = null;
        var isAnswer = false;
        var reader = new PacketReader(body);
        while (reader.TryNext(out var type, out var message))
        {
            if (type == MessageType.Ping && PacketReader.TryPing(message, out var ping))
                answerable = ping;
            else if (type == MessageType.Ack && PacketReader.TryAck(message, out var ack))
                isAnswer |= ReceiveAck(caller, ack);
        }

        if (answerable is { } asked)
            _detector.AnswerStale(caller, asked, isAhead);
        return isAnswer;
    }

    /// <summary>An ack to whoever asked. One that nobody asked for is none's.</summary>
    /// <returns>Whether it answers a question that this node has asked at the packet's own address.</returns>
    private bool ReceiveAck(in Caller caller, in Ack ack)
    {
        // An answer from where this node has asked, of whatever kind the question was: only its own token tells.
        var isDirect = _kernel.Sender.Tokens.IsOwn(ack, caller.From, caller.Now);
        var introduced = isDirect ? FindUnproven(caller.From, ack.ResponderTag) : null;
        introduced?.IsProven = true;
        if (isDirect)
            HearAnswer(caller);
        var isTaken = _detector.TryReceiveAck(caller, ack) || _relay.TryCarryAck(caller, ack)
            || _detector.TryReceiveVerificationAck(caller, ack) || _tracker.TryReceiveAck(caller, ack)
            || _reachability.TryReceiveAck(caller, ack) || _joiner.TryReceiveAck(caller, ack);
        if (isTaken && !isDirect)
            HearAnswer(caller);
        else if (!isTaken && introduced is not null && ack.Digest != Digest)
            _antiEntropy.Reconcile(caller, caller.From, caller.Delivery);
        return isDirect;
    }

    /// <summary>A relay's answer. Always true: the grammar was kept.</summary>
    private bool ReceiveNack(in Caller caller, uint sequence, uint token)
    {
        if (_detector.TryReceiveNack(caller, sequence, token))
            HearAnswer(caller);
        return true;
    }

    private Member? FindUnproven(PeerAddress address, uint tag) =>
        _kernel.Table.FindLiveAt(address) is { IsProven: false } member && member.Id.Tag == tag ? member : null;

    /// <summary>Somebody has answered this node: so it is not cut off, and the cluster has come as far as the answer says.</summary>
    private void HearAnswer(in Caller caller)
    {
        _envelope.Raise(caller.Second, caller.Now);
        if (_stalls.Hear(caller.Now))
            _detector.PutOffVerdicts(caller.Now);
    }
}
