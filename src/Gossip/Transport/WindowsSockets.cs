using System.Net.Sockets;

namespace Gossip.Transport;

/// <summary>Switches off two behaviours of Windows that break a failure detector.</summary>
internal static class WindowsSockets
{
    private const int UdpConnectionReset = unchecked((int)0x9800000C);
    private const int TcpInitialRetransmission = unchecked((int)0x98000011);

    /// <summary>A datagram to a closed port must not fail the next read (SIO_UDP_CONNRESET).</summary>
    public static void IgnoreUnreachable(Socket socket)
    {
        if (OperatingSystem.IsWindows())
            socket.IOControl(UdpConnectionReset, [0, 0, 0, 0], null);
    }

    /// <summary>
    /// A refused connect must fail at once: Windows would try three times in two seconds (SIO_TCP_INITIAL_RTO: keep the round trip
    /// time, 0xFFFF; no second SYN, 0xFE).
    /// </summary>
    public static void RefuseAtOnce(Socket socket)
    {
        if (!OperatingSystem.IsWindows())
            return;
        try
        {
            socket.IOControl(TcpInitialRetransmission, [0xFF, 0xFF, 0xFE, 0], null);
        }
        catch (SocketException)
        {
            // A Windows that does not know the option refuses late; probes have other evidence.
        }
    }
}
