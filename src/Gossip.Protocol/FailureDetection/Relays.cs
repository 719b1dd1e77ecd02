namespace Gossip.Protocol;

/// <summary>A probe that this node carries for another.</summary>
internal readonly record struct Relay(
    uint Sequence, PeerAddress Origin, uint OriginSequence, uint OriginToken, Member Target, Instant NackAt, Instant End, bool IsNacked,
    uint KeyId = 0);

/// <summary>
/// The probes that this node carries for others (SWIM §3.1, "ping-req"). The ack goes back as soon as it comes; when none came by 80 % of
/// the time-out, a nack tells the prober that at least the relay is well (Lifeguard §IV-A).
/// </summary>
internal sealed class Relays
{
    private readonly List<Relay> _all = [];

    public int Count => _all.Count;

    public Instant Earliest
    {
        get
        {
            var earliest = Instant.Never;
            foreach (var relay in _all)
                earliest = Instant.Earlier(earliest, relay.IsNacked ? relay.End : relay.NackAt);
            return earliest;
        }
    }

    /// <summary>False when as many are under way as the limit allows.</summary>
    public bool TryAdd(in Relay relay)
    {
        if (_all.Count >= Limits.RelaysInFlight)
            return false;
        _all.Add(relay);
        return true;
    }

    public bool TryTake(in Ack ack, AddressTokens tokens, Instant now, out Relay relay)
    {
        var (sequence, token, tag) = (ack.Sequence, ack.Token, ack.ResponderTag);
        var index = _all.FindIndex(one => one.Sequence == sequence && one.Target.Id.Tag == tag
            && tokens.IsOwn(token, one.Target.Address, sequence, now));
        relay = index < 0 ? default : _all[index];
        if (index >= 0)
            _all.RemoveAt(index);
        return index >= 0;
    }

    /// <summary>One relay whose nack is due; it stays, since a late ack is still worth carrying.</summary>
    public bool TryNack(Instant now, out Relay relay)
    {
        var index = _all.FindIndex(one => !one.IsNacked && one.NackAt <= now);
        relay = index < 0 ? default : _all[index];
        if (index >= 0)
            _all[index] = relay with { IsNacked = true };
        return index >= 0;
    }

    public void RemoveEnded(Instant now) => _all.RemoveAll(one => one.End <= now);
}
