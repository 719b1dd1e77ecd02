namespace Gossip.Protocol;

/// <summary>
/// A node's own check of a suspect: three pings, one after the other, without relays. One ping is not enough: where packets are lost, it
/// confirms more false accusations than true ones. The second goes by stream, since only datagrams may be blocked.
/// </summary>
internal sealed class Verification(uint sequence, Instant start, bool isLast)
{
    private const int Tries = 3;

    /// <summary>All pings of the verification have the same number, so that an answer to any of them counts.</summary>
    public uint Sequence { get; } = sequence;

    /// <summary>Whether a verdict waits for it; otherwise it is a witness's.</summary>
    public bool IsLast { get; } = isLast;

    /// <summary>When the next ping is due or, after the last, when the wait for an answer ends.</summary>
    public Instant Next { get; private set; } = start;

    private int Pings { get; set; }

    /// <summary>Counts a ping, and waits for its answer. False when all were sent.</summary>
    public bool TryAgain(Instant now, TimeSpan patience, out Delivery delivery)
    {
        Next = now + patience;
        delivery = Pings == 1 ? Delivery.Stream : Delivery.Datagram;
        return Pings++ < Tries;
    }
}
