namespace Gossip.Protocol;

/// <summary>
/// The probe under way (SWIM §3.1): a direct ping; when it stays unanswered, relayed pings through k members and a ping by stream; when the
/// window closes with no ack on any path, the target is suspected. Nacks tell that the relays live, and so that this node's own network
/// works (Lifeguard §IV-A).
/// </summary>
internal sealed class Probe(Member target, uint sequence, Instant start, TimeSpan timeout, TimeSpan window)
{
    private List<PeerAddress>? _silentRelays;

    public Member Target { get; } = target;

    public uint Sequence { get; } = sequence;

    public Instant Start { get; } = start;

    public bool IsWidened { get; private set; }

    /// <summary>Relays that were asked, and have said nothing.</summary>
    public int NacksMissed => _silentRelays?.Count ?? 0;

    /// <summary>Whether a relay said that the target is silent to it too.</summary>
    public bool HasNack { get; private set; }

    public Instant End { get; } = start + window;

    /// <summary>The next moment at which the probe moves on.</summary>
    public Instant NextStep => IsWidened ? End : Start + timeout;

    public void Widen(ReadOnlySpan<Member> relays)
    {
        IsWidened = true;
        _silentRelays = new List<PeerAddress>(relays.Length);
        foreach (var relay in relays)
            _silentRelays.Add(relay.Address);
    }

    /// <summary>A relay's nack counts once, however often the network brings it.</summary>
    public void CountNack(PeerAddress relay) => HasNack |= _silentRelays?.Remove(relay) ?? false;
}
