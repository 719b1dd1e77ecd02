namespace Gossip.Protocol;

/// <summary>
/// How this node looks to others (not in the papers). A node behind address translation, or one that chose the wrong interface, advertises an
/// address at which nobody reaches it, and cannot tell. Its peers can: where a ping comes from another address than its sender advertises,
/// the ack says so.
/// </summary>
public sealed partial class Node
{
    /// <summary>Addresses remembered: a host has a few, and translation adds one or two.</summary>
    private const int MostAppearances = 8;

    /// <summary>Peers counted for each: whether it is this many or more is the same news.</summary>
    private const int MostWitnesses = 64;

    private readonly List<Appearance> _appearances = [];

    /// <summary>
    /// The addresses, other than the advertised one, from which this node's datagrams come to others. A hint, not a fact: it takes one peer's
    /// word.
    /// </summary>
    public IReadOnlyList<Appearance> Appearances => _appearances;

    /// <summary>What a ping's answer says of where it came from; the default when that is no news.</summary>
    private static PeerAddress Reflect(in Caller caller, Member? sender) =>
        sender is null || caller.Delivery != Delivery.Datagram || sender.Address == caller.From || caller.From.IsLoopback
            ? default
            : caller.From;

    private void NoteAppearance(in Ack ack)
    {
        if (ack.SeenAs != default && ack.SeenAs != _self.Address && AppearanceAt(ack.SeenAs) is { Peers: < MostWitnesses } appearance)
            appearance.Witnesses.Add(ack.ResponderTag);
    }

    private Appearance? AppearanceAt(PeerAddress address)
    {
        foreach (var known in _appearances)
        {
            if (known.Address == address)
                return known;
        }

        if (_appearances.Count >= MostAppearances)
            return null;
        var appearance = new Appearance(address);
        _appearances.Add(appearance);
        return appearance;
    }
}

/// <summary>An address from which a node's datagrams seem to come.</summary>
public sealed class Appearance
{
    internal Appearance(PeerAddress address) => Address = address;

    /// <summary>The address.</summary>
    public PeerAddress Address { get; }

    /// <summary>How many peers have said so; counted up to 64.</summary>
    public int Peers => Witnesses.Count;

    internal HashSet<uint> Witnesses { get; } = [];
}
