using System.Net;
using System.Net.Sockets;

namespace Gossip.Configuration;

/// <summary>Where a node listens, by one security rule: without a key on this machine only, with a key on the network.</summary>
internal static class BindAddress
{
    public static IPAddress Of(GossipOptions options)
    {
        if (options.BindAddress is not null && IPAddress.TryParse(options.BindAddress, out var configured))
            return configured;
        if (!ClusterKey.IsSet(options))
            return OwnLoopback.Find();
        return Socket.OSSupportsIPv4 ? IPAddress.Any : IPAddress.IPv6Any;
    }

    /// <summary>The same on a machine that has these addresses: where others reach it by IPv6 alone, it listens on both families.</summary>
    public static IPAddress Of(GossipOptions options, IEnumerable<IPAddress> machine)
    {
        var bind = Of(options);
        if (options.BindAddress is not null || !bind.Equals(IPAddress.Any))
            return bind;
        var outward = machine.Where(address => !IPAddress.IsLoopback(address)).ToList();
        return outward.Count > 0 && outward.TrueForAll(address => address.AddressFamily == AddressFamily.InterNetworkV6)
            ? IPAddress.IPv6Any
            : bind;
    }
}
