namespace Gossip.Protocol;

/// <summary>The other side of a probe: an ack, and what the ping tells of its sender.</summary>
internal sealed partial class Detector
{
    /// <summary>
    /// Answers a ping after the rest of its packet was taken in, so that the ack tells of it. A caller that nobody vouches for gets no more
    /// bytes than it sent: an address can be forged.
    /// </summary>
    public void AnswerPing(in Caller caller, in Ping ping, int bytesReceived)
    {
        if (kernel.Self.State == MemberState.Left)
            return;
        var sender = kernel.Table.Find(ping.Sender);
        if (sender is not null && sender.Address == caller.From)
            HearPing(caller, sender, ping);
        var vouched = caller.Delivery == Delivery.Stream || (sender is { IsLive: true } && sender.Address == caller.From);
        var room = vouched ? int.MaxValue : bytesReceived;
        var seenAs = ObservedAddresses.Reflect(caller, sender);
        var ack = new Ack(ping.Sequence, kernel.Self.Id.Tag, kernel.Table.Digest, sender?.RecordsVersion ?? 0, seenAs);
        var writer = WriteAck(ack, room);
        if (sender is { IsLive: false } && (vouched || writer.Length < bytesReceived / 2))
            writer.TryAccusation(Accusation.Of(sender)); // It speaks: so it learns that it is held dead, and refutes.
        if (kernel.Sender.FrameLength(writer) > room)
            return;
        if (vouched && caller.Delivery == Delivery.Datagram)
            gossiper.SendWithRumors(ref writer, caller.From, caller.Outbox);
        else
            kernel.Sender.Send(writer, caller.From, caller.Delivery, caller.Outbox);
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

    /// <summary>
    /// A ping tells that its sender lives and, when it is of a round, where the others are. A stream's may have waited long.
    /// </summary>
    private void HearPing(in Caller caller, Member sender, in Ping ping)
    {
        newcomers.Hear(caller.Now, sender, isQuestion: ping.TargetTag == 0);
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
