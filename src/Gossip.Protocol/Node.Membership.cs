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
}
