using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>
/// Link-local addresses (fe80::/10) mean nothing without an interface, and the number of an interface means nothing to others. So none is
/// gossiped, and the node keeps such addresses without a scope. This type adds it: the interface on which the peer was last heard, else the
/// one at which the node itself is reached. Used by the loop's thread only.
/// </summary>
internal sealed class LinkLocalScopes(uint own)
{
    /// <summary>Peers remembered: far more than a link has, and bounded, since senders can lie.</summary>
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
