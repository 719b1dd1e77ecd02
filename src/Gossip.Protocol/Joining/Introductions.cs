namespace Gossip.Protocol;

/// <summary>
/// Asks whoever has sent a packet to show that it receives where it sends from: a bare ping, of which nothing is kept, for the answer's
/// token tells all (<see cref="AddressTokens"/>). It is part of what the packet may draw, and so never more than that brought.
/// </summary>
internal sealed class Introductions(Kernel kernel)
{
    /// <summary>For so long an address is not asked again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly List<(PeerAddress Address, Instant At, Delivery Delivery)> _asked = [];

    public NodeSize Size => new("addresses asked", _asked.Count, Limits.AddressQuestions);

    /// <summary>
    /// Asks who is at an address, by datagram and by stream in turns: the answer is that one's own word. However often somebody claims the
    /// address, it is asked now and then; the question is long enough for an answer that is no longer, as far as the packet with the claim
    /// may draw that much.
    /// </summary>
    public void AskAt(in Caller caller, PeerAddress address)
    {
        var now = caller.Now;
        var delivery = Delivery.Datagram;
        if (_asked.FindIndex(asked => asked.Address == address) is >= 0 and var index)
        {
            if (now - _asked[index].At < Pause)
                return;
            delivery = _asked[index].Delivery == Delivery.Datagram ? Delivery.Stream : Delivery.Datagram;
            _asked.RemoveAt(index);
        }

        if (_asked.Count == Limits.AddressQuestions && now - _asked[0].At < Pause)
        {
            kernel.Counters.Drop(DropReason.LimitReached);
            return;
        }

        var ping = Ping.To(kernel, now, kernel.Sender.NextSequence(), address);
        if (!TryWriteLong(ping, caller.Answer, out var writer))
            return;
        if (_asked.Count == Limits.AddressQuestions)
            _asked.RemoveAt(0);
        _asked.Add((address, now, delivery));
        kernel.Sender.Send(writer, address, delivery, caller);
    }

    /// <summary>
    /// Writes as long a question as the packet under work may draw. A bare one at least proves the address, so that the next is long. False
    /// where there is no room for that either.
    /// </summary>
    private bool TryWriteLong(in Ping ping, AnswerBudget? budget, out PacketWriter writer)
    {
        writer = WriteLong(ping, Limits.ProfileBytes);
        if (budget is null)
            return true;
        if (kernel.Sender.FrameLength(writer) - budget.Left is > 0 and var excess)
            writer = WriteLong(ping, Math.Max(0, Limits.ProfileBytes - excess));
        if (budget.TrySpend(kernel.Sender.FrameLength(writer)))
            return true;
        writer = kernel.Sender.BeginDatagram();
        writer.TryPing(ping);
        return budget.TrySpend(kernel.Sender.FrameLength(writer));
    }

    private PacketWriter WriteLong(in Ping ping, int padding)
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
