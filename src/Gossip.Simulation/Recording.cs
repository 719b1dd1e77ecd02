using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>Some of the datagrams of the last 60 s, in a ring, for the network to replay.</summary>
internal sealed class Recording(Randomness randomness)
{
    private const int Capacity = 512;
    private const double Share = 0.1;
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(60);

    private readonly List<Recorded> _ring = [];
    private int _next;

    /// <summary>Keeps every tenth datagram, so that the ring reaches back far enough.</summary>
    public void Offer(TimeSpan now, SimulatedNode target, PeerAddress from, ReadOnlySpan<byte> bytes)
    {
        if (!randomness.Chance(Share))
            return;
        var recorded = new Recorded(now, target, from, bytes.ToArray());
        if (_ring.Count < Capacity)
            _ring.Add(recorded);
        else
            _ring[_next++ % Capacity] = recorded;
    }

    /// <summary>Picks an old datagram. False when all are too old.</summary>
    public bool TryPick(TimeSpan now, out Recorded recorded)
    {
        recorded = default;
        if (_ring.Count == 0)
            return false;
        recorded = _ring[randomness.Below(_ring.Count)];
        return now - recorded.At <= Age;
    }

    /// <summary>A recorded datagram.</summary>
    internal readonly record struct Recorded(TimeSpan At, SimulatedNode Target, PeerAddress From, byte[] Bytes);
}
