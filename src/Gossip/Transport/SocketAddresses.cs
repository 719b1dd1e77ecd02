using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>
/// Converts between <see cref="PeerAddress"/> and the system's socket address, byte by byte and without allocation. After the family, which
/// the framework writes, the layout is the same on Linux, macOS and Windows:
/// <code>
/// sockaddr_in   2: port (network order)   4: address
/// sockaddr_in6  2: port (network order)   4: flow   8: address   24: scope (host order)
/// </code>
/// </summary>
internal static class SocketAddresses
{
    public static SocketAddress For(AddressFamily family) => new(family, SocketAddress.GetMaximumAddressSize(family));

    /// <summary>False when a socket of that family cannot reach the peer.</summary>
    public static bool TryWrite(PeerAddress peer, SocketAddress into)
    {
        var bytes = into.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], peer.Port);
        if (into.Family == AddressFamily.InterNetwork)
        {
            if (!peer.IsIPv4)
                return false;
            peer.WriteBytes(bytes[4..8]);
            return true;
        }

        bytes[4..24].Clear();
        if (peer.IsIPv4)
        {
            bytes[18..20].Fill(0xFF);
            peer.WriteBytes(bytes[20..24]);
        }
        else
        {
            peer.WriteBytes(bytes[8..24]);
        }

        var scope = peer.Scope;
        MemoryMarshal.Write(bytes[24..], in scope);
        return true;
    }

    public static PeerAddress Read(SocketAddress from)
    {
        var bytes = from.Buffer.Span;
        var port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        PeerAddress peer;
        if (from.Family == AddressFamily.InterNetwork)
            PeerAddress.TryFromBytes(bytes[4..8], port, 0, out peer);
        else
            PeerAddress.TryFromBytes(bytes[8..24], port, ScopeOf(bytes), out peer);
        return peer;
    }

    /// <summary>The scope counts for link-local addresses only, as in <see cref="PeerAddress"/>.</summary>
    private static uint ScopeOf(ReadOnlySpan<byte> bytes) =>
        bytes[8] == 0xFE && (bytes[9] & 0xC0) == 0x80 ? MemoryMarshal.Read<uint>(bytes[24..]) : 0;
}
