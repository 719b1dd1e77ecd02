using System.Net;
using Gossip.Dns.Messages;

namespace Gossip.Dns.Multicast;

/// <summary>A service that a machine publishes on one link.</summary>
/// <remarks>
/// Instance and host are probed before any record of them is sent (RFC 6762 §8.1), which takes up to a second; where another machine holds
/// one of them, the name becomes <c>orders (2)</c> or <c>orders-2.local</c>, and <see cref="IMulticastOutbox.Announced"/> tells it. Two
/// processes of one machine may share a host if they name the same addresses.
/// </remarks>
internal sealed record ServiceProfile
{
    /// <summary>The type, such as <c>_gossip._udp.local</c>.</summary>
    public required string ServiceType { get; init; }

    /// <summary>The name of this instance: one label of at most 63 bytes of UTF-8, in which dots are ordinary characters.</summary>
    public required string Instance { get; init; }

    /// <summary>The name of the machine, such as <c>orders-7f3a.local</c>.</summary>
    public required string Host { get; init; }

    /// <summary>The port where the service listens.</summary>
    public required ushort Port { get; init; }

    /// <summary>The addresses of the machine on this link, 8 at most.</summary>
    public required IReadOnlyList<IPAddress> Addresses { get; init; }

    /// <summary>Pairs for the TXT record, about 700 bytes in all; no pair is longer than 254 bytes.</summary>
    public IReadOnlyDictionary<string, string> Text { get; init; } = new Dictionary<string, string>();

    /// <summary>Subtypes under which it is found as well, 8 at most, such as <c>_printer</c> (RFC 6763 §7.1).</summary>
    public IReadOnlyList<string> Subtypes { get; init; } = [];

    /// <summary>
    /// Whether instance and host contain so many random characters (64 bits, say) that no other machine can have them. Then they are
    /// announced at once, without probing whether they are free. A conflict that is seen nevertheless is resolved like any other.
    /// </summary>
    public bool AreNamesUnique { get; init; }

    internal DnsName InstanceName => DnsName.Parse(ServiceType).Child(Instance);

    internal DnsName HostName => DnsName.Parse(Host);
}
