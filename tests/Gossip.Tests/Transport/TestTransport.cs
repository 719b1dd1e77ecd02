using System.Net;
using Gossip.Protocol;
using Gossip.Transport;

namespace Gossip.Tests.Transport;

/// <summary>What arrived, as a copy.</summary>
internal sealed record Received(ArrivalKind Kind, PeerAddress Peer, Delivery Delivery, byte[] Packet);

/// <summary>Plays the loop for a transport under test.</summary>
internal static class TestTransport
{
    /// <summary>On a busy machine nothing ends by itself: a test tightens the one time that it is about.</summary>
    public static TransportOptions Patient { get; } = new()
    {
        ConnectTimeout = Eventually.Deadline,
        OutboundIdle = Eventually.Deadline,
        InboundIdle = Eventually.Deadline,
        FirstFrameTime = Eventually.Deadline,
    };

    public static SocketTransport Open(TransportOptions? options = null, IPAddress? address = null) =>
        new(BoundSockets.Bind(address ?? IPAddress.Loopback, 0, []), options ?? Patient);

    /// <summary>Waits as the loop does, on this very thread, for the next thing that is not just a wake-up call.</summary>
    public static Received Next(this ITransport transport)
    {
        var patience = Eventually.Patience();
        while (!patience.IsCancellationRequested)
        {
            while (transport.TryReceive(out var arrival))
            {
                if (arrival.Kind != ArrivalKind.Nothing)
                    return new Received(arrival.Kind, arrival.Peer, arrival.Delivery, arrival.Packet.ToArray());
            }

            transport.Wait(TimeSpan.FromMilliseconds(100));
        }

        throw new TimeoutException("Nothing arrived.");
    }

    /// <summary>The next, which the node could open, and which answers no question.</summary>
    public static Received NextOpened(this ITransport transport) => transport.Next(new PacketOutcome(null));

    /// <summary>The next, which answers a question of the node.</summary>
    public static Received NextAnswer(this ITransport transport) => transport.Next(new PacketOutcome(null, IsAnswer: true));

    private static Received Next(this ITransport transport, PacketOutcome outcome)
    {
        var next = transport.Next();
        transport.Judge(next.Peer, next.Delivery, outcome);
        return next;
    }

    public static byte[] Bytes(int length, int seed = 7)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
