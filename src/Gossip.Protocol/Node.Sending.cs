namespace Gossip.Protocol;

/// <summary>How packets are made: framed, filled up with rumours, split when they grow.</summary>
public sealed partial class Node
{
    /// <summary>Datagrams that one answer may take before the rest goes by stream.</summary>
    internal const int DatagramsPerAnswer = 8;

    /// <summary>
    /// Bytes of a frame that most of what a stream carries fits into. Buffers grow beyond for a message that does not, and are let go again:
    /// a node holds them for ever otherwise, for one join.
    /// </summary>
    private const int StreamFrame = 16 * 1024;

    /// <summary>More than the head and the tail of a frame take.</summary>
    private const int FrameOverhead = 64;

    private int TransmitLimit =>
        Math.Max(Options.Fanout, (int)Math.Ceiling(Options.TransmitMultiplier * Math.Log10(_table.PeerCount + 2)));

    private PacketWriter BeginDatagram() =>
        new(_datagram.AsSpan(_envelope.HeadSize, _datagram.Length - _envelope.HeadSize - _envelope.TailSize));

    /// <summary>Bytes that messages may take in a datagram.</summary>
    private int DatagramRoom => _datagram.Length - _envelope.HeadSize - _envelope.TailSize;

    /// <summary>Bytes of a datagram with these messages.</summary>
    private int FrameLength(in PacketWriter writer) => _envelope.HeadSize + writer.Length + _envelope.TailSize;

    private void Send(in PacketWriter writer, PeerAddress to, Delivery delivery, IOutbox outbox) =>
        SendFrame(_datagram.AsSpan(0, _envelope.Close(_datagram, writer.Length)), to, delivery, outbox);

    /// <summary>Sends a packet with as many rumours as it holds besides.</summary>
    private void SendWithRumors(ref PacketWriter writer, PeerAddress to, IOutbox outbox)
    {
        if (_rumors.Count > 0)
            _rumors.Fill(ref writer, DatagramRoom - writer.Length, 1, TransmitLimit, Options.GossipAtOnce ? RumorShare.Besides : RumorShare.All);
        Send(writer, to, Delivery.Datagram, outbox);
    }

    private void SendFrame(ReadOnlySpan<byte> frame, PeerAddress to, Delivery delivery, IOutbox outbox)
    {
        Counters.PacketsSent++;
        Counters.BytesSent += frame.Length;
        outbox.Send(to, frame, delivery);
    }

    private void MakeStreamRoom(int wanted)
    {
        if (_stream.Length < wanted)
            _stream = new byte[Math.Min(wanted, Limits.StreamFrameSize)];
    }

    private void LetGoOfLargeBuffers()
    {
        _envelope.LetGoOfScratch();
        _stream = [];
        _message = [];
    }

    /// <summary>
    /// An answer of many messages: packed into few packets, by datagram as long as it is short, by stream when it grows or when a message
    /// is too large for a datagram.
    /// </summary>
    private ref struct Answer
    {
        private readonly Node _node;
        private readonly PeerAddress _to;
        private readonly IOutbox _outbox;
        private Delivery _delivery;
        private PacketWriter _writer;
        private int _sent;

        public Answer(Node node, PeerAddress to, Delivery delivery, IOutbox outbox)
        {
            _node = node;
            _to = to;
            _outbox = outbox;
            _delivery = delivery;
            Open();
        }

        /// <summary>Bytes that one message may take at the most.</summary>
        public static int MaxMessage => Limits.StreamFrameSize - FrameOverhead;

        public void Add(scoped ReadOnlySpan<byte> message)
        {
            if (_writer.TryMessage(message))
                return;
            Flush();
            if (_writer.TryMessage(message))
                return;
            _delivery = Delivery.Stream;
            _node.MakeStreamRoom(message.Length + FrameOverhead);
            Open();
            _writer.TryMessage(message);
        }

        public void Flush()
        {
            if (_writer.IsEmpty)
                return;
            var buffer = _delivery == Delivery.Datagram ? _node._datagram : _node._stream;
            _node.SendFrame(buffer.AsSpan(0, _node._envelope.Close(buffer, _writer.Length)), _to, _delivery, _outbox);
            if (++_sent >= DatagramsPerAnswer)
                _delivery = Delivery.Stream;
            Open();
        }

        private void Open()
        {
            var envelope = _node._envelope;
            if (_delivery == Delivery.Stream)
                _node.MakeStreamRoom(StreamFrame);
            var buffer = _delivery == Delivery.Datagram ? _node._datagram : _node._stream;
            _writer = new PacketWriter(buffer.AsSpan(envelope.HeadSize, buffer.Length - envelope.HeadSize - envelope.TailSize));
        }
    }
}
