namespace Gossip.Protocol.Tests;

/// <summary>An outbox that keeps what is sent to it.</summary>
internal sealed class Kept : IOutbox
{
    public List<(PeerAddress Peer, byte[] Packet, Delivery Delivery)> Sent { get; } = [];

    public List<ClusterEventKind> Published { get; } = [];

    public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery) => Sent.Add((peer, packet.ToArray(), delivery));

    public void Publish(in ClusterEvent happened) => Published.Add(happened.Kind);
}
