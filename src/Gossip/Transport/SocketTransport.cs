using System.Net;
using System.Runtime.InteropServices;
using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>Datagrams and framed streams on one port number.</summary>
internal sealed class SocketTransport : ITransport
{
    private readonly DatagramSocket _datagrams;
    private readonly StreamInbox _inbox;
    private readonly Streams _streams;
    private readonly LinkLocalScopes _scopes;
    private bool _streamFirst;

    public SocketTransport(BoundSockets sockets, TransportOptions options)
    {
        Local = PeerAddress.From((IPEndPoint)sockets.Datagrams.LocalEndPoint!);
        _scopes = new LinkLocalScopes(options.LinkLocalScope != 0 ? options.LinkLocalScope : Local.Scope);
        _datagrams = new DatagramSocket(sockets.Datagrams, options, Counters);
        _inbox = new StreamInbox(options, Counters, _datagrams.Wake);
        _streams = new Streams(sockets.Listener, Local, _inbox, options, Counters);
    }

    public PeerAddress Local { get; }

    public TransportCounters Counters { get; } = new();

    /// <summary>What becomes readable when something has arrived, by stream too, or when somebody called <see cref="Wake"/>.</summary>
    public SafeHandle Readable => _datagrams.Handle;

    public bool MayWait => _inbox.IsEmpty;

    public void Wait(TimeSpan atMost) => _datagrams.Wait(atMost);

    public void Wake() => _datagrams.Wake();

    /// <summary>Takes turns between the two halves, so that a flood of one does not hide the other.</summary>
    public bool TryReceive(out Arrival arrival)
    {
        _streamFirst = !_streamFirst;
        return _streamFirst
            ? TryReceiveFrame(out arrival) || TryReceiveDatagram(out arrival)
            : TryReceiveDatagram(out arrival) || TryReceiveFrame(out arrival);
    }

    public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
        var reachable = _scopes.Reach(peer);
        if (delivery == Delivery.Datagram && _datagrams.TrySend(reachable, packet))
            return;
        if (delivery == Delivery.Datagram)
            Counters.TooLarge();
        _streams.Send(reachable, packet);
    }

    public bool Judge(PeerAddress peer, Delivery delivery, in PacketOutcome outcome)
    {
        if (delivery == Delivery.Stream)
            return _streams.Judge(_scopes.Reach(peer), outcome);
        if (outcome.IsAnswer)
            _streams.Know(peer);
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        await _streams.DisposeAsync().ConfigureAwait(false);
        _datagrams.Dispose();
    }

    private bool TryReceiveDatagram(out Arrival arrival)
    {
        var any = _datagrams.TryReceive(out var from, out var packet);
        arrival = new Arrival(packet.IsEmpty ? ArrivalKind.Nothing : ArrivalKind.Packet, _scopes.Learn(from), Delivery.Datagram, packet);
        return any;
    }

    private bool TryReceiveFrame(out Arrival arrival)
    {
        var any = _inbox.TryTake(out var came);
        arrival = any ? new Arrival(came!.Kind, _scopes.Learn(came.Peer), Delivery.Stream, came.Packet) : default;
        return any;
    }
}
