namespace Gossip.Protocol;

/// <summary>How a packet travels.</summary>
internal enum Delivery
{
    /// <summary>One UDP datagram: may be lost, doubled or reordered.</summary>
    Datagram,

    /// <summary>
    /// A frame on a stream (TCP) to the same address: for what does not fit into a datagram, and to tell a refusal from silence.
    /// </summary>
    Stream,
}

/// <summary>Everything that a node does to the world.</summary>
internal interface IOutbox
{
    /// <summary>
    /// Sends a packet, or drops it: sending never blocks and never throws. A reply to a packet that came by stream names the
    /// <c>from</c> of that packet as the peer, and goes back on the same stream.
    /// </summary>
    /// <param name="peer">Where to.</param>
    /// <param name="packet">The bytes, valid during the call only.</param>
    /// <param name="delivery">How.</param>
    void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery);

    /// <summary>Tells the host what happened.</summary>
    void Publish(in ClusterEvent happened);
}
