namespace Gossip.Protocol;

/// <summary>An address from which a node's datagrams seem to come.</summary>
internal sealed class ObservedAddress
{
    internal ObservedAddress(PeerAddress address) => Address = address;

    /// <summary>The address.</summary>
    public PeerAddress Address { get; }

    /// <summary>How many peers have said so; counted up to 64.</summary>
    public int Peers => Witnesses.Count;

    internal HashSet<uint> Witnesses { get; } = [];
}
