using System.Net;
using System.Net.Sockets;

namespace Gossip.Transport;

/// <summary>
/// A UDP and a TCP socket on the same address and port number, by the port rule: several services share a machine, so when no port is
/// configured and the well-known ones are taken, any free one is used; a configured port is bound, or an error. There are several
/// well-known ports, so that another cluster or program that holds the first does not separate this cluster's processes from each other.
/// SO_REUSEADDR is never set on the UDP socket: with it two processes would silently split the datagrams of one port.
/// </summary>
internal sealed class BoundSockets : IDisposable
{
    private const int SocketBuffer = 1024 * 1024;
    private const int Backlog = 512;
    private const int EphemeralAttempts = 32;

    private BoundSockets(Socket datagrams, Socket listener)
    {
        Datagrams = datagrams;
        Listener = listener;
    }

    public Socket Datagrams { get; }

    public Socket Listener { get; }

    public int Port => ((IPEndPoint)Datagrams.LocalEndPoint!).Port;

    /// <summary>Binds both.</summary>
    /// <param name="address">Where.</param>
    /// <param name="port">The configured port, 0 for any free one, null for none in particular.</param>
    /// <param name="wellKnownPorts">The ports to try when none is configured.</param>
    /// <param name="mayFragment">Whether datagrams may be fragmented on their way.</param>
    /// <exception cref="SocketException">The configured port is taken, or the address is not one of this machine.</exception>
    public static BoundSockets Bind(IPAddress address, int? port, IEnumerable<int> wellKnownPorts, bool mayFragment = false)
    {
        if (port is > 0)
            return BindBoth(address, port.Value, mayFragment);
        foreach (var wellKnownPort in port is null ? wellKnownPorts : [])
        {
            if (TryBindBoth(address, wellKnownPort, mayFragment, out _) is { } wellKnown)
                return wellKnown;
        }

        SocketException? last = null;
        for (var attempt = 0; attempt < EphemeralAttempts; attempt++)
        {
            if (TryBindBoth(address, 0, mayFragment, out last) is { } ephemeral)
                return ephemeral;
        }

        throw last!;
    }

    public void Dispose()
    {
        Datagrams.Dispose();
        Listener.Dispose();
    }

    /// <summary>Null when the port is taken, or reserved by the system; any other failure is thrown.</summary>
    private static BoundSockets? TryBindBoth(IPAddress address, int port, bool mayFragment, out SocketException? taken)
    {
        taken = null;
        try
        {
            return BindBoth(address, port, mayFragment);
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            taken = error;
            return null;
        }
    }

    private static BoundSockets BindBoth(IPAddress address, int port, bool mayFragment)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        var datagrams = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            Prepare(listener, address);
            Prepare(datagrams, address);
            PrepareDatagrams(datagrams, mayFragment);
            // UDP first, when the number is given: the UDP socket has no second way in.
            if (port > 0)
                datagrams.Bind(new IPEndPoint(address, port));
            listener.Bind(new IPEndPoint(address, port));
            if (port == 0)
                datagrams.Bind(new IPEndPoint(address, ((IPEndPoint)listener.LocalEndPoint!).Port));
            listener.Listen(Backlog);
            return new BoundSockets(datagrams, listener);
        }
        catch
        {
            listener.Dispose();
            datagrams.Dispose();
            throw;
        }
    }

    private static void Prepare(Socket socket, IPAddress address)
    {
        socket.ExclusiveAddressUse = true;
        if (address.Equals(IPAddress.IPv6Any))
            socket.DualMode = true;
    }

    private static void PrepareDatagrams(Socket socket, bool mayFragment)
    {
        socket.Blocking = false;
        socket.ReceiveBufferSize = SocketBuffer;
        socket.SendBufferSize = SocketBuffer;
        WindowsSockets.IgnoreUnreachable(socket);
        if (mayFragment || socket.AddressFamily != AddressFamily.InterNetwork)
            return;
        try
        {
            socket.DontFragment = true;
        }
        catch (SocketException)
        {
            // Some systems (older macOS) do not know the option; packets are small enough not to need it.
        }
    }
}
