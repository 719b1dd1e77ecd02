using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>
/// Link-local addresses (fe80::/10) say nothing without an interface, and the number of an interface means nothing to others: so none is
/// gossiped, and the node knows such addresses without. This is where they get one: that on which the peer was last heard, else the one
/// that the node itself is reached at. One thread, the loop's, uses it.
/// </summary>
internal sealed class LinkLocalScopes(uint own)
{
    /// <summary>Peers heard: far more than a link has, and senders can lie.</summary>
    private const int Remembered = 1024;

    private readonly Dictionary<PeerAddress, uint> _heard = [];

    /// <summary>The address as the node knows it.</summary>
    public PeerAddress Learn(PeerAddress peer)
    {
        if (peer.Scope == 0)
            return peer;
        var plain = peer.WithScope(0);
        // The port of a stream is not the one that a datagram would go to.
        var host = plain.WithPort(0);
        if (peer.Scope == own)
            _heard.Remove(host);
        else if (_heard.Count < Remembered || _heard.ContainsKey(host))
            _heard[host] = peer.Scope;
        return plain;
    }

    /// <summary>The address as the system knows it.</summary>
    public PeerAddress Reach(PeerAddress peer)
    {
        if (!peer.IsLinkLocal)
            return peer;
        if (peer.Scope != 0)
            Learn(peer);
        return peer.WithScope(peer.Scope != 0 ? peer.Scope : _heard.GetValueOrDefault(peer.WithPort(0), own));
    }
}
