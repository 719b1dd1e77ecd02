using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>
/// The UDP half of a transport. Synchronous on purpose: the loop's own thread does the calls, so a starved thread pool delays nothing, and
/// no packet costs an allocation. The socket does not block; a poll, the one that ended the wait or one of its own, precedes every read, so
/// that no read throws because there is no packet.
/// </summary>
internal sealed class DatagramSocket : IDisposable
{
    private const int LargestDatagram = 65_535;

    /// <summary>No wait is longer, so that a lost wake-up call costs at most this.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly TransportCounters _counters;
    private readonly SocketAddress _sender;
    private readonly SocketAddress _receiver;
    private readonly SocketAddress _self;

    /// <summary>
    /// A byte longer than any datagram of a node with this one's options or with defaults: a datagram that fills it was cut off. Such a
    /// packet is lost, but the next of its kind is not: the sender repeats it, and most nodes never need the room.
    /// </summary>
    private byte[] _buffer;

    private bool _isReadable;
    private int _wakePending;

    public DatagramSocket(Socket bound, TransportOptions options, TransportCounters counters)
    {
        _socket = bound;
        _buffer = MakeBuffer(Math.Max(options.DatagramSize, Limits.DatagramSize) + 1);
        _counters = counters;
        _sender = SocketAddresses.For(bound.AddressFamily);
        _receiver = SocketAddresses.For(bound.AddressFamily);
        _self = SocketAddresses.For(bound.AddressFamily);
        SocketAddresses.TryWrite(Reachable((IPEndPoint)bound.LocalEndPoint!), _self);
    }

    /// <summary>The handle of the socket.</summary>
    public SafeHandle Handle => _socket.SafeHandle;

    public void Wait(TimeSpan atMost)
    {
        // The system counts in milliseconds: round up, or the last fraction of one would be spent spinning.
        var wait = atMost < LongestWait ? atMost : LongestWait;
        var milliseconds = wait > TimeSpan.Zero ? (int)Math.Ceiling(wait.TotalMilliseconds) : 0;
        _isReadable = _socket.Poll(milliseconds * 1000, SelectMode.SelectRead);
        Interlocked.Exchange(ref _wakePending, 0);
    }

    /// <summary>
    /// Sends an empty datagram to this socket itself. When the socket's buffer has no room for it, the loop is about to wake anyway.
    /// </summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _wakePending, 1) != 0)
            return;
        try
        {
            _socket.SendTo([], SocketFlags.None, _self);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            _counters.SendError();
        }
    }

    /// <summary>The next datagram; an empty one for a wake-up call or a failed read. False when there is none.</summary>
    public bool TryReceive(out PeerAddress from, out ReadOnlySpan<byte> packet)
    {
        from = default;
        packet = default;
        if (!_isReadable && !_socket.Poll(0, SelectMode.SelectRead))
            return false;
        _isReadable = false;
        try
        {
            var length = _socket.ReceiveFrom(_buffer, SocketFlags.None, _sender);
            from = SocketAddresses.Read(_sender);
            // From here on a wake-up call is not known to be received: an earlier call may be the one that was just read.
            if (length == 0)
                Interlocked.Exchange(ref _wakePending, 0);
            if (length < _buffer.Length)
                packet = _buffer.AsSpan(0, length);
            else
                MakeRoom();
        }
        catch (SocketException error)
        {
            if (error.SocketErrorCode == SocketError.MessageSize)
                MakeRoom();
            else
                _counters.ReceiveError();
        }

        return true;
    }

    /// <summary>
    /// Sends a datagram, or drops and counts it. False, without counting, when the path carries no datagram of that size: the system knows
    /// that of its own links, and of farther ones once a router has reported it.
    /// </summary>
    public bool TrySend(PeerAddress peer, ReadOnlySpan<byte> packet)
    {
        if (!SocketAddresses.TryWrite(peer, _receiver))
        {
            _counters.SendError();
            return true;
        }

        try
        {
            _socket.SendTo(packet, SocketFlags.None, _receiver);
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.MessageSize)
        {
            return false;
        }
        catch (SocketException)
        {
            _counters.SendError();
        }

        return true;
    }

    public void Dispose() => _socket.Dispose();

    private static byte[] MakeBuffer(int size) => GC.AllocateUninitializedArray<byte>(size, pinned: true);

    private void MakeRoom()
    {
        _counters.ReceiveError();
        if (_buffer.Length <= LargestDatagram)
            _buffer = MakeBuffer(LargestDatagram + 1);
    }

    private static PeerAddress Reachable(IPEndPoint local)
    {
        var address = local.Address;
        if (address.Equals(IPAddress.Any))
            address = IPAddress.Loopback;
        else if (address.Equals(IPAddress.IPv6Any))
            address = IPAddress.IPv6Loopback;
        return PeerAddress.From(address, local.Port);
    }
}
