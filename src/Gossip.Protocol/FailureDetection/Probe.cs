namespace Gossip.Protocol;

/// <summary>
/// The probe under way (SWIM §3.1): a direct ping; when it stays unanswered, relayed pings through k members and a ping by stream; when
/// the window closes with no ack on any path, the target is suspected. Nacks tell that the relays live, and so that this node's own
/// network does (Lifeguard §IV-A).
/// </summary>
internal sealed class Probe(Member target, uint sequence, Instant start, TimeSpan timeout, TimeSpan window)
{
    public Member Target { get; } = target;

    public uint Sequence { get; } = sequence;

    public bool IsWidened { get; private set; }

    public int RelaysAsked { get; private set; }

    public int Nacks { get; set; }

    public Instant End { get; } = start + window;

    /// <summary>The next moment at which the probe moves on.</summary>
    public Instant NextStep => IsWidened ? End : start + timeout;

    public void Widen(int relaysAsked)
    {
        IsWidened = true;
        RelaysAsked = relaysAsked;
    }
}
