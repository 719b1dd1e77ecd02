namespace Gossip.Protocol;

/// <summary>
/// Asks whoever has sent a packet to show that it receives where it sends from: a bare ping, of which nothing is kept, for the answer's
/// token tells all (<see cref="AddressTokens"/>). It is part of what the packet may draw, and so never more than that brought.
/// </summary>
internal sealed class Introductions(Kernel kernel)
{
    /// <summary>For so long an address is not asked again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>For so long an answer is one to the question.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly List<(PeerAddress Address, Instant At, Delivery Delivery, bool IsShort)> _asked = [];

    public NodeSize Size => new("addresses asked", _asked.Count, Limits.AddressQuestions);

    /// <summary>
    /// Asks who is at an address, by datagram and by stream in turns: the answer is that one's own word. However often somebody claims the
    /// address, it is asked now and then: on behalf of a packet from elsewhere by a bare ping, which brings no more than the claim did, and
    /// when that was answered by one that leaves room for an answer which says who it is.
    /// </summary>
    public void AskAt(in Caller caller, PeerAddress address)
    {
        var now = caller.Now;
        var delivery = Delivery.Datagram;
        var index = _asked.FindIndex(asked => asked.Address == address);
        if (index >= 0)
        {
            if (now - _asked[index].At < Pause)
                return;
            delivery = _asked[index].Delivery == Delivery.Datagram ? Delivery.Stream : Delivery.Datagram;
        }

        if (_asked.Count == Limits.AddressQuestions && now - _asked[0].At < Pause)
        {
            kernel.Counters.Drop(DropReason.LimitReached);
            return;
        }

        var isOwn = caller.Answer is null || caller.From == address || kernel.Table.TrustsAll;
        var isShort = !TryWriteQuestion(now, address, isOwn ? caller.RoomFor(address) : 0, out var writer);
        // A notice may be shorter than any question; a proven address is one that this node pings all the time.
        if (!kernel.Sender.TrySpendOnBehalf(writer, address, caller) && !kernel.Table.IsProven(address))
            return;
        if (index >= 0 || _asked.Count == Limits.AddressQuestions)
            _asked.RemoveAt(Math.Max(0, index));
        _asked.Add((address, now, delivery, isShort));
        kernel.Sender.Send(writer, address, delivery, caller);
    }

    /// <summary>
    /// The peer that has sent a packet has answered this node. Where the question was too short for an answer that says who it is, it is
    /// asked again: it receives at its address, and so the question may be as long as it needs to be.
    /// </summary>
    public void HearAnswer(in Caller caller)
    {
        var address = caller.From;
        var index = _asked.FindIndex(asked => asked.IsShort && asked.Address == address);
        if (index < 0 || caller.Now - _asked[index].At > Patience || caller.Answer?.IsFirst() is false)
            return;
        _asked[index] = _asked[index] with { IsShort = false };
        TryWriteQuestion(caller.Now, address, int.MaxValue, out var writer);
        kernel.Sender.Send(writer, address, caller.Delivery, caller);
    }

    /// <summary>
    /// Writes a question that is as long as the answer may be. False where there is no room for that: then it is as long as there is room
    /// for, or bare.
    /// </summary>
    private bool TryWriteQuestion(Instant now, PeerAddress address, int room, out PacketWriter writer)
    {
        var ping = Ping.To(kernel, now, kernel.Sender.NextSequence(), address);
        writer = WriteLong(ping, Limits.ProfileBytes);
        var excess = kernel.Sender.FrameLength(writer) - room;
        if (excess <= 0)
            return true;
        writer = WriteLong(ping, Math.Max(0, Limits.ProfileBytes - excess));
        if (kernel.Sender.FrameLength(writer) <= room)
            return false;
        writer = kernel.Sender.BeginDatagram();
        writer.TryPing(ping);
        return false;
    }

    private PacketWriter WriteLong(scoped in Ping ping, int padding)
    {
        var writer = kernel.Sender.BeginDatagram();
        writer.TryPing(ping, padding);
        writer.TryMessage(kernel.Self.Profile.Encoded);
        return writer;
    }

    /// <summary>Says who this node is, and up to which version it has written its records, where there is room for it.</summary>
    public void Tell(ref PacketWriter writer, int room)
    {
        var answer = writer;
        writer.TryMessage(kernel.Self.Profile.Encoded);
        if (kernel.Self.RecordsVersion > 0)
            writer.TryNotice(kernel.Self.Id, kernel.Self.RecordsVersion);
        if (kernel.Sender.FrameLength(writer) > room)
            writer = answer;
    }

    /// <summary>Asks by a packet of its own.</summary>
    public void Ask(in Caller caller)
    {
        var writer = kernel.Sender.BeginDatagram();
        Write(ref writer, caller.Now, caller.From);
        kernel.Sender.SendAnswer(writer, caller);
    }

    /// <summary>Asks along with an answer, where there is room for both.</summary>
    /// <param name="writer">The answer.</param>
    /// <param name="caller">The sender of the packet.</param>
    /// <param name="room">Bytes that the frame may have.</param>
    public void Ask(ref PacketWriter writer, in Caller caller, int room)
    {
        var answer = writer;
        Write(ref writer, caller.Now, caller.From);
        if (kernel.Sender.FrameLength(writer) > room)
            writer = answer;
    }

    /// <summary>The question, for a packet that goes to an address.</summary>
    public byte[] Question(Instant now, PeerAddress address)
    {
        Span<byte> buffer = stackalloc byte[64];
        var writer = new PacketWriter(buffer);
        Write(ref writer, now, address);
        return buffer[..writer.Length].ToArray();
    }

    private void Write(ref PacketWriter writer, Instant now, PeerAddress address)
    {
        // A member that is known need not say who it is.
        var tag = kernel.Table.FindLiveAt(address)?.Id.Tag ?? 0;
        writer.TryPing(Ping.To(kernel, now, kernel.Sender.NextSequence(), address, tag));
    }
}
