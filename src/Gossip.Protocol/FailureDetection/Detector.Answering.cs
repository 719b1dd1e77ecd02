namespace Gossip.Protocol;

/// <summary>The other side of a probe: an ack, and what the ping tells of its sender.</summary>
internal sealed partial class Detector
{
    /// <summary>
    /// Answers a ping after the rest of its packet was taken in, so that the ack tells of it. A caller whose address is not
    /// proven gets no more bytes than its packet has left, and news only who is.
    /// </summary>
    public void AnswerPing(in Caller caller, in Ping ping)
    {
        if (kernel.Self.State == MemberState.Left)
            return;
        var sender = kernel.Table.Find(ping.Sender);
        if (sender is not null && sender.Address == caller.From)
            HearPing(caller, sender, ping);
        if (sender is not null)
            kernel.Sender.NoteQuestion(sender, caller.KeyId);
        var isProven = caller.IsProven(kernel.Table);
        var room = caller.RoomFor(caller.From);
        var seenAs = ObservedAddresses.Reflect(caller, sender);
        var ack = new Ack(ping.Sequence, ping.Token, kernel.Self.Id.Tag, kernel.Table.Digest, sender?.RecordsVersion ?? 0, seenAs);
        var writer = WriteAck(ack, room);
        var bare = writer;
        // It speaks: so it learns that it is held dead, and refutes.
        if (sender is { IsLive: false } && writer.TryAccusation(Accusation.Of(sender)) && kernel.Sender.FrameLength(writer) > room)
            writer = bare;
        // Of live members alone, or two that are none to each other would ask for ever; and only when there is more to tell them.
        if (!isProven && gossiper.HasRumors && caller.IsLive(kernel.Table))
            introductions.Ask(ref writer, caller, room);
        if (ping.TargetTag == 0)
            introductions.Tell(ref writer, room);
        // A frame says to whom it goes only here: of all recorded ones, those to others draw no news.
        if (isProven && caller.Delivery == Delivery.Datagram && ping.TargetTag == kernel.Self.Id.Tag)
            gossiper.AddRumors(ref writer, room);
        kernel.Sender.SendAnswer(writer, caller);
    }

    /// <summary>
    /// Answers the ping of a stale packet, and believes nothing of it: so a node that slept learns the second of the others from the
    /// answer, and a node that is ahead of this one is asked for its own.
    /// </summary>
    public void AnswerStale(in Caller caller, in Ping ping, bool isAhead)
    {
        if (kernel.Self.State == MemberState.Left)
            return;
        var writer = kernel.Sender.BeginDatagram();
        writer.TryAck(new Ack(ping.Sequence, ping.Token, kernel.Self.Id.Tag, kernel.Table.Digest));
        if (isAhead)
            introductions.Ask(ref writer, caller, caller.Answer!.Left);
        kernel.Sender.SendAnswer(writer, caller);
    }

    /// <summary>Writes an ack that leaves out what is not needed of it if the frame would take more than <paramref name="room"/>.</summary>
    private PacketWriter WriteAck(in Ack ack, int room)
    {
        var writer = kernel.Sender.BeginDatagram();
        writer.TryAck(ack);
        if (kernel.Sender.FrameLength(writer) > room)
        {
            writer = kernel.Sender.BeginDatagram();
            writer.TryAck(ack with { Held = 0 });
        }

        if (kernel.Sender.FrameLength(writer) > room)
        {
            writer = kernel.Sender.BeginDatagram();
            writer.TryAck(ack with { Held = 0, SeenAs = default });
        }

        return writer;
    }

    /// <summary>A ping of a round tells where the others are. A stream's may have waited long.</summary>
    private void HearPing(in Caller caller, Member sender, in Ping ping)
    {
        if (!kernel.Options.CoordinateProbes || ping.Sequence >= Rounds.Range || caller.Delivery != Delivery.Datagram || !sender.IsLive)
            return;
        var advice = rounds.Hear(ping.Sequence, caller.Now, kernel.Options.ProbeInterval);
        if (kernel.Health.Score > 0)
            return;
        if (advice == RoundAdvice.Begin)
            kernel.Deadlines.Hasten(Deadline.ProbeRound, caller.Now);
        else if (advice == RoundAdvice.Align)
            kernel.Deadlines[Deadline.ProbeRound] = caller.Now + kernel.Options.ProbeInterval;
    }
}
