namespace Gossip.Protocol;

/// <summary>
/// How this node looks to others (not in the papers). A node behind address translation, or one that chose the wrong interface, advertises
/// an address at which no peer reaches it, and cannot tell. Its peers can: where a ping comes from another address than its sender
/// advertises, the ack says so.
/// </summary>
internal sealed class ObservedAddresses(Kernel kernel)
{
    /// <summary>Addresses remembered: a host has a few, and translation adds one or two.</summary>
    private const int MostAppearances = 8;

    /// <summary>Peers counted for each: any more than this add nothing.</summary>
    private const int MostWitnesses = 64;

    private readonly List<ObservedAddress> _all = [];

    public IReadOnlyList<ObservedAddress> All => _all;

    public IEnumerable<NodeSize> Sizes =>
    [
        new("appearances", _all.Count, MostAppearances),
        new("witnesses of an appearance", _all.Count == 0 ? 0 : _all.Max(one => one.Peers), MostWitnesses),
    ];

    /// <summary>The node has moved: what was said of its old address says nothing about the new one.</summary>
    public void Clear() => _all.Clear();

    /// <summary>What a ping's answer says of where the ping came from; the default when the sender knows it.</summary>
    public static PeerAddress Reflect(in Caller caller, Member? sender) =>
        sender is null || caller.Delivery != Delivery.Datagram || sender.Address == caller.From || caller.From.IsLoopback
            ? default
            : caller.From;

    /// <summary>An ack says where this node's datagrams seem to come from.</summary>
    public void Note(in Ack ack)
    {
        if (ack.SeenAs != default && ack.SeenAs != kernel.Self.Address && AppearanceAt(ack.SeenAs) is { Peers: < MostWitnesses } appearance)
            appearance.Witnesses.Add(ack.ResponderTag);
    }

    private ObservedAddress? AppearanceAt(PeerAddress address)
    {
        foreach (var known in _all)
        {
            if (known.Address == address)
                return known;
        }

        if (_all.Count >= MostAppearances)
            return null;
        var appearance = new ObservedAddress(address);
        _all.Add(appearance);
        return appearance;
    }
}
