namespace Gossip.Protocol;

/// <summary>Who is there, and how this node comes, moves and goes.</summary>
public sealed partial class Node
{
    /// <summary>
    /// The addresses, other than the advertised one, from which this node's datagrams come to others. A hint, not a fact: it takes one peer's
    /// word.
    /// </summary>
    public IReadOnlyList<Appearance> Appearances => _observed.All;

    /// <summary>The live members that of late were reached only through others or by stream.</summary>
    public IEnumerable<Member> Detoured => _paths.Detoured;

    /// <summary>The seeds at which a live member answered that advertises another address, and the member.</summary>
    public IEnumerable<KeyValuePair<PeerAddress, Member>> AnsweredElsewhere => _aliases.AnsweredElsewhere;

    /// <summary>
    /// Tells the node that others reach it at another address from now on. It raises its incarnation and tells the cluster; whoever is
    /// known at that address holds it no longer. A node that has left, or is at that address already, does nothing.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="address">Where others reach it.</param>
    /// <param name="outbox">Where effects go.</param>
    /// <exception cref="ArgumentException">Others cannot reach that address, or it has no port.</exception>
    public void Readdress(Instant now, PeerAddress address, IOutbox outbox)
    {
        NodeOptions.RequireAddress(address, nameof(address));
        _memberships.Readdress(new Caller(now, outbox), address);
    }
}
