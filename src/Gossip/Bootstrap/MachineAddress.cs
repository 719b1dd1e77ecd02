using System.Net;
using System.Net.NetworkInformation;

namespace Gossip.Bootstrap;

/// <summary>Which addresses are this machine's, so that what is sent to them stays on it.</summary>
internal static class MachineAddress
{
    /// <summary>Whether an interface of this machine has the address now; no name, which may lead anywhere. It never throws.</summary>
    /// <param name="host">An address as text, such as 127.0.0.1 or [::1].</param>
    public static bool IsHeld(string host)
    {
        if (!IPAddress.TryParse(host, out var address))
            return false;
        // The whole of 127.0.0.0/8 is this machine's, although only one address of it is listed.
        return address.GetAddressBytes() is [127, _, _, _] || IsListed(address);
    }

    private static bool IsListed(IPAddress address)
    {
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces()
                .Any(one => one.GetIPProperties().UnicastAddresses.Any(held => held.Address.Equals(address)));
        }
        catch (NetworkInformationException)
        {
            return false;
        }
    }
}
