namespace Gossip.Protocol;

/// <summary>
/// A look for oneself: three pings to a suspect, one after the other and nobody between. One ping is not enough: where packets are lost, it
/// confirms more lies than truths. The second goes by stream, since it may be that datagrams alone do not pass.
/// </summary>
internal sealed class Verification(uint sequence, Instant start, bool isLast)
{
    private const int Tries = 3;

    /// <summary>All pings of the look have the same number: an answer to any of them will do.</summary>
    public uint Sequence { get; } = sequence;

    /// <summary>Whether a verdict waits for it; else it is a witness's.</summary>
    public bool IsLast { get; } = isLast;

    /// <summary>When the next ping is due or, after the last, when nothing will come any more.</summary>
    public Instant Next { get; private set; } = start;

    private int Pings { get; set; }

    /// <summary>Counts a ping, and waits for its answer. False when there were enough.</summary>
    public bool TryAgain(Instant now, TimeSpan patience, out Delivery delivery)
    {
        Next = now + patience;
        delivery = Pings == 1 ? Delivery.Stream : Delivery.Datagram;
        return Pings++ < Tries;
    }
}
