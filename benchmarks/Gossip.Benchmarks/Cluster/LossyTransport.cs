using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Benchmarks.Cluster;

/// <summary>A transport that loses a share of the datagrams that arrive, probes and gossip alike. Streams repeat what is lost, so they lose nothing.</summary>
internal sealed class LossyTransport(ITransport sockets, double drop, Random random) : ITransport
{
    public PeerAddress Local => sockets.Local;

    public TransportCounters Counters => sockets.Counters;

    public bool MayWait => sockets.MayWait;

    public void Wait(TimeSpan atMost) => sockets.Wait(atMost);

    public void Wake() => sockets.Wake();

    public bool TryReceive(out Arrival arrival)
    {
        var any = sockets.TryReceive(out arrival);
        if (arrival.Kind == ArrivalKind.Packet && arrival.Delivery == Delivery.Datagram && random.NextDouble() < drop)
            arrival = new Arrival(ArrivalKind.Nothing, arrival.Peer, Delivery.Datagram, default);
        return any;
    }

    public bool Judge(PeerAddress peer, Delivery delivery, in PacketOutcome outcome) => sockets.Judge(peer, delivery, outcome);

    public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery) => sockets.Send(peer, packet, delivery);

    public ValueTask DisposeAsync() => sockets.DisposeAsync();
}
