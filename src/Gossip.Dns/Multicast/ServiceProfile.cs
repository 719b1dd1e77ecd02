using System.Net;

namespace Gossip.Dns.Multicast;

/// <summary>What a machine publishes about itself on one link.</summary>
/// <remarks>
/// Nothing here probes for conflicts (RFC 6762 §8.1), so instance and host must be improbable to clash: let each carry some random
/// letters. Two processes of one machine may share a host if they name the same addresses.
/// </remarks>
public sealed record ServiceProfile
{
    /// <summary>The type, such as <c>_gossip._udp.local</c>.</summary>
    public required string ServiceType { get; init; }

    /// <summary>The name of this instance: one label of at most 63 bytes of UTF-8, in which dots are plain letters.</summary>
    public required string Instance { get; init; }

    /// <summary>The name of the machine, such as <c>orders-7f3a.local</c>.</summary>
    public required string Host { get; init; }

    /// <summary>The port where the service listens.</summary>
    public required ushort Port { get; init; }

    /// <summary>The addresses of the machine on this link, 8 at most.</summary>
    public required IReadOnlyList<IPAddress> Addresses { get; init; }

    /// <summary>Pairs for the TXT record, about 700 bytes in all; no pair is longer than 254 bytes.</summary>
    public IReadOnlyDictionary<string, string> Text { get; init; } = new Dictionary<string, string>();
}
