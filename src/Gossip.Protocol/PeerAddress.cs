using System.Buffers.Binary;
using System.Net;

namespace Gossip.Protocol;

/// <summary>
/// Where a peer is reached: an IP address and a port, as a value that costs no allocation. IPv4 is held as its IPv4-mapped IPv6
/// address, so both notations of one address are equal.
/// </summary>
internal readonly record struct PeerAddress
{
    private const ulong MappedPrefix = 0xFFFFUL << 32;

    // Two halves, because a UInt128 would round the size of the value up to the next multiple of sixteen, and every member has some.
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _scope;

    private PeerAddress(UInt128 bits, ushort port, uint scope)
    {
        (_high, _low) = ((ulong)(bits >> 64), (ulong)bits);
        _scope = scope;
        Port = port;
    }

    /// <summary>The port, 0 to 65535.</summary>
    public ushort Port { get; }

    /// <summary>The IPv6 scope (the interface of a link-local address), 0 for all others. Known on this host only, never sent.</summary>
    public uint Scope => _scope;

    /// <summary>Whether the address is an IPv4 one.</summary>
    public bool IsIPv4 => _high == 0 && _low >> 32 == 0xFFFF;

    /// <summary>Whether this is the default value, which is no address.</summary>
    public bool IsNone => (_high | _low) == 0 && Port == 0;

    /// <summary>Whether the address is a loopback address: 127.0.0.0/8 or ::1.</summary>
    public bool IsLoopback => IsIPv4 ? (byte)(_low >> 24) == 127 : _high == 0 && _low == 1;

    /// <summary>Whether the address means "any": 0.0.0.0 or ::.</summary>
    public bool IsAny => _high == 0 && _low is 0 or MappedPrefix;

    /// <summary>Whether the address holds on one link only, and needs a <see cref="Scope"/>: fe80::/10.</summary>
    public bool IsLinkLocal => _high >> 54 == 0xFE80 >> 6;

    /// <summary>
    /// Whether the address is one host's: neither "any" nor multicast nor broadcast. No sender may have a group of hosts pinged.
    /// </summary>
    internal bool IsUnicast => !IsAny && (IsIPv4 ? (uint)_low >> 28 != 0xE && (uint)_low != uint.MaxValue : _high >> 56 != 0xFF);

    private UInt128 Bits => new(_high, _low);

    /// <summary>Makes an address from an end point.</summary>
    public static PeerAddress From(IPEndPoint endPoint) => From(endPoint.Address, endPoint.Port);

    /// <summary>Makes an address from an IP address and a port.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="port"/> is not within 0 to 65535.</exception>
    /// <exception cref="ArgumentException"><paramref name="address"/> is of neither family.</exception>
    public static PeerAddress From(IPAddress address, int port)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (!TryFromBytes(bytes[..length], RequirePort(port), ScopeOf(address), out var result))
            throw new ArgumentException($"'{address}' is neither an IPv4 nor an IPv6 address.", nameof(address));
        return result;
    }

    /// <summary>Makes an address from 4 or 16 bytes in network order. False for any other length.</summary>
    public static bool TryFromBytes(ReadOnlySpan<byte> address, ushort port, uint scope, out PeerAddress result)
    {
        result = address.Length switch
        {
            4 => new PeerAddress(MappedPrefix | BinaryPrimitives.ReadUInt32BigEndian(address), port, 0),
            16 => new PeerAddress(BinaryPrimitives.ReadUInt128BigEndian(address), port, scope),
            _ => default,
        };
        return address.Length is 4 or 16;
    }

    /// <summary>Writes the address, without the port, in network order: 4 bytes for IPv4, else 16.</summary>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public int WriteBytes(Span<byte> destination)
    {
        if (IsIPv4)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_low);
            return 4;
        }

        BinaryPrimitives.WriteUInt128BigEndian(destination, Bits);
        return 16;
    }

    /// <summary>The same address with another port.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="port"/> is not within 0 to 65535.</exception>
    public PeerAddress WithPort(int port) => new(Bits, RequirePort(port), _scope);

    /// <summary>The same address on another interface; 0 for none.</summary>
    public PeerAddress WithScope(uint scope) => new(Bits, Port, scope);

    /// <summary>The address alone: without a port, and without this host's interface to it.</summary>
    internal PeerAddress Host => new(Bits, 0, 0);

    /// <summary>What one host may have all of, without a port: the address for IPv4, else its first 64 bits.</summary>
    internal PeerAddress Network => IsIPv4 ? Host : new((UInt128)_high << 64, 0, 0);

    /// <summary>The address as the framework's end point.</summary>
    public IPEndPoint ToEndPoint() => new(ToIPAddress(), Port);

    /// <summary>The address, without the port, as the framework's IP address.</summary>
    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        var length = WriteBytes(bytes);
        return length == 4 ? new IPAddress(bytes[..4]) : new IPAddress(bytes, _scope);
    }

    /// <summary>Reads "10.1.2.3:7390" or "[fd00::1]:7390".</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out PeerAddress address)
    {
        address = default;
        if (!IPEndPoint.TryParse(text, out var endPoint) || endPoint.Port == 0)
            return false;
        address = From(endPoint);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => IsNone ? "none" : ToEndPoint().ToString();

    private static ushort RequirePort(int port)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        return (ushort)port;
    }

    private static uint ScopeOf(IPAddress address) =>
        address.IsIPv6LinkLocal ? (uint)address.ScopeId : 0;
}
