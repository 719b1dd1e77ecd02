using System.Net;

namespace Gossip.Protocol;

/// <summary>What kind of address a record's endpoints name that means another host to each that calls it, or one of the
/// platform's.</summary>
internal enum SpecialAddress : byte
{
    /// <summary>None that is special.</summary>
    None = 0,

    /// <summary>Loopback alone.</summary>
    Loopback = 1,

    /// <summary>Link-local, "any" or multicast.</summary>
    Other = 2,

    /// <summary>A platform's own service, such as its metadata.</summary>
    Platform = 3,
}

/// <summary>
/// Addresses at which a record's owner is hardly ever reached, and its callers' secrets may be: what listens on a caller's own
/// loopback, and
/// the metadata of clouds, which hands out credentials to whoever can send a request from there (CWE-918). They are refused unless they are
/// where the owner itself answers, as on one machine, where all are at loopback. The record is held and digested all the same: what a node
/// offers to its callers is its own decision.
/// </summary>
internal static class SpecialAddresses
{
    private static readonly string[] PlatformTexts =
    [
        "169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::23", "fd00:ec2::254",
        "168.63.129.16", "100.100.100.200", "192.0.0.192",
    ];

    /// <summary>
    /// Platforms' own services: Amazon's, Google's and others' at the one address, Amazon's for containers, by IPv6, Azure's, Alibaba's,
    /// Oracle's. No member is there, whatever somebody claims.
    /// </summary>
    private static readonly PeerAddress[] Platforms =
    [
        .. PlatformTexts.Select(text => PeerAddress.From(IPAddress.Parse(text), 0)),
    ];

    /// <summary>The worst of a record's endpoints.</summary>
    public static SpecialAddress Of(ServiceRecord record)
    {
        var worst = SpecialAddress.None;
        for (var i = 0; i < record.Endpoints.Count; i++)
        {
            if (TryRead(record.Endpoints[i].Host, out var address) && Of(address) is var kind && kind > worst)
                worst = kind;
        }

        return worst;
    }

    /// <summary>Whether an endpoint names such an address, and its owner is not there. Names are looked up at the connect.</summary>
    public static bool Refuses(ServiceEndpoint endpoint, PeerAddress owner) =>
        TryRead(endpoint.Host, out var address) && Refuses(address, owner);

    /// <summary>Whether an address is such a one, and an owner is not there.</summary>
    public static bool Refuses(PeerAddress address, PeerAddress owner)
    {
        var kind = Of(address);
        return kind == SpecialAddress.Platform
            || (kind != SpecialAddress.None && !(kind == SpecialAddress.Loopback && owner.IsLoopback)
                && address.Host != owner.Host);
    }

    /// <summary>
    /// Whether a member can be where it says that it is, seen from a node: at loopback there are members only for a node that is there too,
    /// and at a platform's address none. Anybody with the key can claim such an address, and name what listens there.
    /// </summary>
    public static bool IsPlausible(PeerAddress owner, PeerAddress self) => Of(owner) switch
    {
        SpecialAddress.Platform => false,
        SpecialAddress.Loopback => self.IsLoopback,
        _ => true,
    };

    /// <summary>Of IPv6 those of IPv4 that a translator would reach are looked at, too (64:ff9b::/96, RFC 6052).</summary>
    private static SpecialAddress Of(PeerAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.WriteBytes(bytes);
        if (!address.IsIPv4 && bytes[..12].SequenceEqual((ReadOnlySpan<byte>)[0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]))
            return PeerAddress.TryFromBytes(bytes[12..], 0, 0, out var translated) ? Of(translated) : SpecialAddress.Other;
        if (address.IsLoopback)
            return SpecialAddress.Loopback;
        if (Platforms.AsSpan().Contains(address.Host))
            return SpecialAddress.Platform;
        var isOfLink = address.IsIPv4 ? bytes[0] == 0 || (bytes[0] == 169 && bytes[1] == 254) : address.IsLinkLocal;
        return isOfLink || !address.IsUnicast ? SpecialAddress.Other : SpecialAddress.None;
    }

    /// <summary>A host that is an address, in whatever form sockets take one, or that stands for loopback (RFC 6761 §6.3).</summary>
    private static bool TryRead(string host, out PeerAddress address)
    {
        address = default;
        var text = host.AsSpan().Trim("[]").TrimEnd('.');
        var isLocalhost = text.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || text.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        if (!IPAddress.TryParse(isLocalhost ? "127.0.0.1" : text, out var parsed))
            return false;
        address = PeerAddress.From(parsed, 0);
        return true;
    }
}
