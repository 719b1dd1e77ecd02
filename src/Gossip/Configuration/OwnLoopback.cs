using System.Net;
using System.Net.Sockets;

namespace Gossip.Configuration;

/// <summary>The address by which this machine reaches itself: 127.0.0.1, or ::1 where a machine has no other.</summary>
internal static class OwnLoopback
{
    /// <summary>Asks the system.</summary>
    public static IPAddress Find() => Choose(IsThere);

    public static IPAddress Choose(Func<IPAddress, bool> isThere) =>
        !isThere(IPAddress.Loopback) && isThere(IPAddress.IPv6Loopback) ? IPAddress.IPv6Loopback : IPAddress.Loopback;

    /// <summary>Whether this machine has an address, so that one may listen there, which the system tells whoever tries, and costs
    /// less than to list all interfaces.</summary>
    public static bool IsThere(IPAddress address)
    {
        try
        {
            using var probe = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            probe.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
