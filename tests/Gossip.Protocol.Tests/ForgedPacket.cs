using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>A datagram in the clear that no honest node sends, from whatever address.</summary>
internal static class ForgedPacket
{
    public delegate void Fill(ref PacketWriter writer);

    /// <returns>Its bytes.</returns>
    public static int Send(SimulatedNode node, PeerAddress from, Fill fill, int most = Limits.DatagramSize)
    {
        var envelope = Envelopes.Make("default", default, 1);
        var frame = new byte[most];
        var writer = new PacketWriter(frame.AsSpan(envelope.HeadSize));
        fill(ref writer);
        var length = envelope.Close(frame, writer.Length, Instant.Start);
        node.Do((protocol, now, outbox) => protocol.Receive(now, from, frame.AsSpan(0, length), Delivery.Datagram, outbox));
        return length;
    }
}
