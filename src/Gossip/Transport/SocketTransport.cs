using System.Net;
using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>Datagrams and framed streams on one port number.</summary>
internal sealed class SocketTransport : ITransport
{
    private readonly DatagramSocket _datagrams;
    private readonly StreamInbox _inbox;
    private readonly Streams _streams;
    private StreamArrival _lent;
    private bool _streamFirst;

    public SocketTransport(BoundSockets sockets, TransportOptions options)
    {
        Local = PeerAddress.From((IPEndPoint)sockets.Datagrams.LocalEndPoint!);
        _datagrams = new DatagramSocket(sockets.Datagrams, options, Counters);
        _inbox = new StreamInbox(options, Counters, _datagrams.Wake);
        _streams = new Streams(sockets.Listener, Local, _inbox, options, Counters);
    }

    public PeerAddress Local { get; }

    public TransportCounters Counters { get; } = new();

    public void Wait(TimeSpan atMost) => _datagrams.Wait(atMost);

    public void Wake() => _datagrams.Wake();

    /// <summary>Takes turns between the two halves, so that a flood of one does not hide the other.</summary>
    public bool TryReceive(out Arrival arrival)
    {
        StreamInbox.Return(_lent);
        _lent = default;
        _streamFirst = !_streamFirst;
        return _streamFirst
            ? TryReceiveFrame(out arrival) || TryReceiveDatagram(out arrival)
            : TryReceiveDatagram(out arrival) || TryReceiveFrame(out arrival);
    }

    public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
        if (delivery == Delivery.Stream)
            _streams.Send(peer, packet);
        else
            _datagrams.Send(peer, packet);
    }

    public void Judge(PeerAddress peer, bool opened) => _streams.Judge(peer, opened);

    public async ValueTask DisposeAsync()
    {
        await _streams.DisposeAsync().ConfigureAwait(false);
        _datagrams.Dispose();
    }

    private bool TryReceiveDatagram(out Arrival arrival)
    {
        var any = _datagrams.TryReceive(out var from, out var packet);
        arrival = new Arrival(packet.IsEmpty ? ArrivalKind.Nothing : ArrivalKind.Packet, from, Delivery.Datagram, packet);
        return any;
    }

    private bool TryReceiveFrame(out Arrival arrival)
    {
        var any = _inbox.TryTake(out _lent);
        arrival = new Arrival(any ? _lent.Kind : ArrivalKind.Nothing, _lent.Peer, Delivery.Stream, _lent.Buffer.AsSpan(0, _lent.Length));
        return any;
    }
}
