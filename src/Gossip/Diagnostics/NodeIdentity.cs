using Gossip.Protocol;

namespace Gossip.Diagnostics;

/// <summary>The identity and addresses of a node: what may be shown, logged and announced.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Local">Where it listens.</param>
/// <param name="Advertised">Where the others reach it.</param>
/// <param name="AdvertisedBecause">Why that address was chosen.</param>
internal sealed record NodeIdentity(
    MemberId Id, string Name, string Cluster, PeerAddress Local, PeerAddress Advertised, string AdvertisedBecause)
{
    /// <summary>Tell the node's keys apart without revealing them, the one that seals first; empty for a node without a key.</summary>
    public IReadOnlyList<string> KeyFingerprints { get; init; } = [];

    /// <summary>The key that seals; null when there is none.</summary>
    public string? KeyFingerprint => KeyFingerprints.Count == 0 ? null : KeyFingerprints[0];

    /// <summary>Whether a node that announces that key, or "none", can be understood.</summary>
    public bool Opens(string fingerprint) => KeyFingerprints.Count == 0 ? fingerprint == "none" : KeyFingerprints.Contains(fingerprint);

    /// <summary>The reason for an advertised address that the options give.</summary>
    public const string Configured = "configured";

    /// <summary>Whether only this machine can reach the node.</summary>
    public bool IsLocalOnly => Local.IsLoopback;

    /// <summary>Whether the node's socket can send there.</summary>
    public bool CanReach(PeerAddress seed) => !seed.IsAny && (seed.IsIPv4 || !Local.IsIPv4);

    /// <summary>Whether the node itself is there.</summary>
    public bool IsAt(PeerAddress seed) =>
        seed == Advertised || seed == Local || (seed.Port == Local.Port && Local.IsAny && seed.IsLoopback);

    /// <summary>Whether the node's socket can send there, and the address is not its own.</summary>
    public bool CanTry(PeerAddress seed) => CanReach(seed) && !IsAt(seed);
}
