using System.Net;
using Gossip.Configuration;
using Gossip.Loop;

namespace Gossip.Bootstrap;

/// <summary>
/// The well-known ports on this machine. A process of the cluster that holds one is a seed for all others here, so that processes on one
/// machine find each other even where multicast does not work; when it ends, the next one that starts takes its place, and is found there.
/// The loop tries these by itself (<see cref="GossipNode.LocalPorts"/>): waking a pool thread for it every second would cost an idle node
/// more than all its other work.
/// </summary>
internal static class LoopbackSeeds
{
    /// <summary>Where to look. A node that listens at only one address of the machine is looked for at that address too.</summary>
    public static IEnumerable<IPEndPoint> Of(IPAddress bound, int wellKnownPort)
    {
        var loopback = bound.Equals(IPAddress.IPv6Any) ? OwnLoopback.Find()
            : bound.AddressFamily == IPAddress.Loopback.AddressFamily ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        var isElsewhere = !bound.Equals(loopback) && !bound.Equals(IPAddress.Any) && !bound.Equals(IPAddress.IPv6Any);
        IPAddress[] addresses = isElsewhere ? [loopback, bound] : [loopback];
        return addresses.SelectMany(address => WellKnownPorts.From(wellKnownPort), (address, port) => new IPEndPoint(address, port));
    }
}
