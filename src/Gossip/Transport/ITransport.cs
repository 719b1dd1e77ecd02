using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>
/// What a node's loop needs of the world of packets. One thread, the loop's, calls everything but <see cref="Wake"/> and the counters.
/// Nothing blocks but <see cref="Wait"/>, and nothing throws: what cannot be sent is dropped and counted.
/// </summary>
internal interface ITransport : IAsyncDisposable
{
    /// <summary>Where the transport listens, for datagrams and for streams.</summary>
    PeerAddress Local { get; }

    /// <summary>What was dropped, and how many connections there are.</summary>
    TransportCounters Counters { get; }

    /// <summary>Returns when something has arrived, when somebody called <see cref="Wake"/>, or when the time is over.</summary>
    void Wait(TimeSpan atMost);

    /// <summary>Ends the current or the next <see cref="Wait"/>. Any thread may call it.</summary>
    void Wake();

    /// <summary>
    /// Whether <see cref="Wait"/> returns at once for all that may have arrived and was not received: then no <see cref="TryReceive"/> need
    /// look for it.
    /// </summary>
    bool MayWait { get; }

    /// <summary>The next thing that has arrived. It is valid until the next call.</summary>
    bool TryReceive(out Arrival arrival);

    /// <summary>
    /// Tells what became of the packet that arrived last: a stream whose frame could not be opened is closed at once, one whose frame could
    /// be opened is read on, and one that has brought an answer may stay. A host that has answered is no stranger.
    /// </summary>
    /// <returns>Whether the peer is to be asked who it is (<see cref="Node.Introduce"/>), so that its stream may stay.</returns>
    bool Judge(PeerAddress peer, Delivery delivery, in PacketOutcome outcome);

    /// <summary>Sends a packet, or drops and counts it.</summary>
    void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery);
}
