namespace Gossip.Protocol;

/// <summary>
/// An answer of many messages: packed into few packets, by datagram as long as it is short, by stream when it grows or when a message
/// is too large for a datagram.
/// </summary>
internal ref struct ReplyWriter
{
    /// <summary>Datagrams that one answer may take before the rest goes by stream.</summary>
    public const int DatagramsPerReply = 8;

    /// <summary>Bytes that one message may take at the most.</summary>
    public const int MaxMessage = Limits.StreamFrameSize - PacketSender.FrameOverhead;

    private readonly PacketSender _sender;
    private readonly PeerAddress _to;
    private readonly Caller _caller;
    private Delivery _delivery;
    private PacketWriter _writer;
    private int _sent;
    private bool _isSpent;

    public ReplyWriter(PacketSender sender, PeerAddress to, Delivery delivery, in Caller caller)
    {
        _sender = sender;
        _to = to;
        _caller = caller;
        _delivery = delivery;
        Begin();
    }

    public void Add(scoped ReadOnlySpan<byte> message)
    {
        if (_isSpent || _writer.TryMessage(message))
            return;
        Flush();
        if (_writer.TryMessage(message))
            return;
        _delivery = Delivery.Stream;
        Begin(message.Length);
        _writer.TryMessage(message);
    }

    /// <summary>Asks for members and their records.</summary>
    public void AddWant(scoped ReadOnlySpan<WantEntry> wanted)
    {
        var buffer = new byte[16 + (wanted.Length * 20)];
        var writer = new PacketWriter(buffer);
        writer.TryWant(wanted);
        Add(buffer.AsSpan(0, writer.Length));
    }

    public void Flush()
    {
        if (_writer.IsEmpty)
            return;
        if (_caller.Answer?.TrySpend(_sender.FrameLength(_writer)) is false)
            _isSpent = true;
        else if (_delivery == Delivery.Datagram)
            _sender.Send(_writer, _to, _delivery, _caller);
        else
            _sender.SendStream(_writer, _to, _caller);
        if (++_sent >= DatagramsPerReply)
            _delivery = Delivery.Stream;
        Begin();
    }

    private void Begin(int message = 0) =>
        _writer = _delivery == Delivery.Datagram ? _sender.BeginDatagram() : _sender.BeginStream(message);
}
