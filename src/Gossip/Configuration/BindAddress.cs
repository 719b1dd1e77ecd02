using System.Net;
using System.Net.Sockets;

namespace Gossip.Configuration;

/// <summary>Where a node listens, by the one rule of security: no key, this machine only; a key, the network.</summary>
internal static class BindAddress
{
    public static IPAddress Of(GossipOptions options)
    {
        if (options.BindAddress is not null && IPAddress.TryParse(options.BindAddress, out var configured))
            return configured;
        if (options.Key is null)
            return IPAddress.Loopback;
        return Socket.OSSupportsIPv4 ? IPAddress.Any : IPAddress.IPv6Any;
    }
}
