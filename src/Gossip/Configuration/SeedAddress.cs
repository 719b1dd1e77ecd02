using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Gossip.Configuration;

/// <summary>A seed as people write it: "host:port", "host", "10.1.2.3:7390", "[fd00::1]:7390" or "fd00::1".</summary>
internal sealed record SeedAddress(string Host, int Port)
{
    /// <summary>The address itself, when it is no name.</summary>
    public IPAddress? Address { get; } = IPAddress.TryParse(Host, out var address) ? address : null;

    /// <summary>Whether the seed is certainly not on this machine's loopback.</summary>
    public bool IsBeyondLoopback => Address is not null && !IPAddress.IsLoopback(Address);

    /// <summary>The seeds of validated options.</summary>
    public static IEnumerable<SeedAddress> Of(GossipOptions options)
    {
        foreach (var text in options.Seeds)
        {
            if (TryParse(text, options.WellKnownPort, out var seed))
                yield return seed;
        }
    }

    public static bool TryParse(string text, int defaultPort, [NotNullWhen(true)] out SeedAddress? seed)
    {
        seed = null;
        var host = text;
        var port = defaultPort;
        var colon = text.LastIndexOf(':');
        var isBareIPv6 = colon != text.IndexOf(':', StringComparison.Ordinal) && !text.StartsWith('[');
        if (colon > text.LastIndexOf(']') && !isBareIPv6)
        {
            if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port)
                || port is < 1 or > ushort.MaxValue)
                return false;
            host = text[..colon];
        }

        host = host.Trim('[', ']');
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            return false;
        seed = new SeedAddress(host, port);
        return true;
    }
}
