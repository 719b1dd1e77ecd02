using System.Net;
using Gossip.Configuration;

namespace Gossip.Bootstrap;

/// <summary>What a node publishes of itself on every link, and how often it looks for others.</summary>
internal sealed record MdnsOptions
{
    /// <summary>The service type under which nodes find each other.</summary>
    public string ServiceType { get; init; } = "_gossip._udp.local";

    /// <summary>The name of this instance: at most 63 bytes. If another machine on a link holds it, a number is added there.</summary>
    public required string Instance { get; init; }

    /// <summary>The first label of the host name that the SRV record points to; ".local" is added.</summary>
    public required string Host { get; init; }

    /// <summary>Whether instance and host contain so many random characters that they need not be probed.</summary>
    public bool AreNamesUnique { get; init; }

    /// <summary>The port where the node listens for gossip.</summary>
    public required int Port { get; init; }

    /// <summary>The addresses to publish on every link; null for each link's own.</summary>
    public IReadOnlyList<IPAddress>? Addresses { get; init; }

    /// <summary>
    /// Whether the node listens on IPv4 alone: then IPv6 addresses are not published and IPv6 links are not used, since no peer reaches it
    /// there.
    /// </summary>
    public bool IsIPv4Only { get; init; }

    /// <summary>
    /// Whether an instance is known to live by other means, so that the network need not be asked again. Called by the shell's loop.
    /// </summary>
    public Func<string, bool> IsKnownToLive { get; init; } = _ => false;

    /// <summary>The TXT pairs: cluster, key fingerprint, protocol version; 700 bytes in all.</summary>
    public IReadOnlyDictionary<string, string> Text { get; init; } = new Dictionary<string, string>();

    /// <summary>Which interfaces are used (see <see cref="MdnsPatterns"/>).</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>How far the interval between questions grows on a quiet link.</summary>
    public TimeSpan LongestQueryInterval { get; init; } = TimeSpan.FromMinutes(1);
}
