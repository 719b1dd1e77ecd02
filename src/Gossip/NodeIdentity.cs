using Gossip.Protocol;

namespace Gossip;

/// <summary>Who a node is and where: what may be shown, logged and announced.</summary>
/// <param name="Id">Who it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Local">Where it listens.</param>
/// <param name="Advertised">Where the others reach it.</param>
/// <param name="AdvertisedBecause">Why that address was chosen.</param>
/// <param name="KeyFingerprint">Tells keys apart and gives nothing away; null when there is no key.</param>
internal sealed record NodeIdentity(
    MemberId Id, string Name, string Cluster, PeerAddress Local, PeerAddress Advertised, string AdvertisedBecause, string? KeyFingerprint)
{
    /// <summary>The reason for an advertised address that the options give.</summary>
    public const string Configured = "configured";

    /// <summary>Whether only this machine can reach the node.</summary>
    public bool IsLocalOnly => Local.IsLoopback;

    /// <summary>Whether the node's socket can send there, and somebody else is there.</summary>
    public bool CanTry(PeerAddress seed)
    {
        if (seed.IsAny || (Local.IsIPv4 && !seed.IsIPv4))
            return false;
        var isOwnPort = seed.Port == Local.Port && (seed.WithPort(Local.Port) == Local || (Local.IsAny && seed.IsLoopback));
        return !isOwnPort && seed != Advertised;
    }
}
