using System.Net;
using System.Net.Sockets;
using Gossip.Dns.Multicast;
using Gossip.Transport;

namespace Gossip.Bootstrap;

/// <summary>A received packet, with the facts that tell which link it belongs to.</summary>
internal readonly record struct MdnsArrival(IPEndPoint From, IPAddress To, int Interface, AddressFamily Family, byte[] Packet);

/// <summary>
/// One UDP socket on port 5353 for one link. The port is shared with every other responder of the machine (avahi, sibling processes): each
/// of them gets every multicast, but a unicast reaches only one of them, so nothing here relies on unicast answers.
/// </summary>
internal sealed class MdnsSocket : IDisposable
{
    private readonly Socket _socket;
    private readonly SocketAddress _group;
    private readonly MdnsInterface _at;

    private MdnsSocket(Socket socket, MdnsInterface at)
    {
        _socket = socket;
        _at = at;
        var group = at.IsV4 ? MulticastDns.GroupV4 : new IPAddress(MulticastDns.GroupV6.GetAddressBytes(), at.Index);
        _group = new IPEndPoint(group, MulticastDns.Port).Serialize();
    }

    /// <exception cref="SocketException">The port cannot be shared, or the interface accepts no group membership.</exception>
    public static MdnsSocket Open(MdnsInterface at)
    {
        var socket = new Socket(at.Family, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.ExclusiveAddressUse = false;
            // On Unix .NET sets SO_REUSEPORT along with it, as avahi and the others do.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Blocking = false;
            WindowsSockets.IgnoreUnreachable(socket);
            if (at.IsV4)
                JoinV4(socket, at.Index);
            else
                JoinV6(socket, at.Index);
            return new MdnsSocket(socket, at);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void SendMulticast(ReadOnlySpan<byte> packet) => _socket.SendTo(packet, SocketFlags.None, _group);

    public void SendUnicast(IPEndPoint peer, ReadOnlySpan<byte> packet) => _socket.SendTo(packet, SocketFlags.None, peer.Serialize());

    /// <summary>Hands in every packet that belongs here; returns when the socket is closed or its interface fails.</summary>
    public async Task ReceiveAsync(Action<MdnsArrival> deliver)
    {
        try
        {
            await ReceiveAllAsync(deliver).ConfigureAwait(false);
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // The shell closes the link at its next listing, and opens it again if the interface is still there.
        }
    }

    public static bool IsMulticast(IPAddress address) => address.Equals(MulticastDns.GroupV4) || address.IsIPv6Multicast;

    /// <summary>
    /// Whether a failed read concerns one packet, and not the socket: Windows fails a read for a packet that is too long, and for a sent
    /// unicast that the receiver's host refused.
    /// </summary>
    public static bool IsOfOnePacket(SocketError error) => error is SocketError.ConnectionReset
        or SocketError.MessageSize or SocketError.NetworkReset
        or SocketError.ConnectionRefused or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.Interrupted;

    public void Dispose() => _socket.Dispose();

    private async Task ReceiveAllAsync(Action<MdnsArrival> deliver)
    {
        var buffer = new byte[MulticastDns.LongestPacket];
        var anyone = new IPEndPoint(_at.IsV4 ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (true)
        {
            SocketReceiveMessageFromResult received;
            try
            {
                received = await _socket.ReceiveMessageFromAsync(buffer, SocketFlags.None, anyone).ConfigureAwait(false);
            }
            catch (SocketException passing) when (IsOfOnePacket(passing.SocketErrorCode))
            {
                continue;
            }

            var (from, to, arrivedAt) = (
                (IPEndPoint)received.RemoteEndPoint, received.PacketInformation.Address, received.PacketInformation.Interface);
            // Linux gives a socket the multicasts of every interface that any process has joined; the socket of that link gets it as well.
            if (!IsMulticast(to) || arrivedAt == _at.Index)
                deliver(new MdnsArrival(from, to, arrivedAt, _at.Family, buffer.AsSpan(0, received.ReceivedBytes).ToArray()));
        }
    }

    private static void JoinV4(Socket socket, int index)
    {
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.HostToNetworkOrder(index));
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastLoopback, true);
        // RFC 6762 §11: 255 proves to old responders that no router has passed it on.
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, 255);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.IpTimeToLive, 255);
        socket.Bind(new IPEndPoint(IPAddress.Any, MulticastDns.Port));
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(MulticastDns.GroupV4, index));
    }

    private static void JoinV6(Socket socket, int index)
    {
        socket.DualMode = false;
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.PacketInformation, true);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, index);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastLoopback, true);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastTimeToLive, 255);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.IpTimeToLive, 255);
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, MulticastDns.Port));
        socket.SetSocketOption(
            SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(MulticastDns.GroupV6, index));
    }
}
