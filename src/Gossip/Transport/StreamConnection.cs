using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>
/// One TCP connection: frames out of a bounded queue, frames into the inbox. It runs on the thread pool, and ends when the peer ends it,
/// when a frame is bad, or when no whole frame passed for the idle time; that last rule also ends a peer that trickles single bytes. Until
/// its peer has answered this node, a connection that the peer opened is a stranger's, and no frame lengthens its short time: a frame may
/// be a recording.
/// </summary>
internal sealed partial class StreamConnection : IDisposable
{
    private readonly TransportOptions _options;
    private readonly TransportCounters _counters;
    private readonly StreamInbox _inbox;
    private readonly Channel<(byte[] Buffer, int Length)> _frames;
    private readonly CancellationTokenSource _closing;
    private readonly PeerAddress _local;
    private readonly TimeSpan _idle;
    private Socket? _socket;
    private volatile bool _isTrusted;
    private volatile bool _isClosed;
    private bool _wasAsked;

    private StreamConnection(
        PeerAddress peer, PeerAddress local, Socket? accepted, bool isStranger,
        StreamInbox inbox, TransportOptions options, TransportCounters counters)
    {
        Peer = peer;
        _isStranger = isStranger;
        _local = local;
        _socket = accepted;
        _inbox = inbox;
        _options = options;
        _counters = counters;
        _closing = new CancellationTokenSource(Timeout.InfiniteTimeSpan, options.Time);
        _idle = accepted is null ? options.OutboundIdle : options.InboundIdle;
        IsInbound = accepted is not null;
        _isTrusted = !IsInbound;
        _frames = Channel.CreateBounded<(byte[], int)>(new BoundedChannelOptions(options.QueuedFrames) { SingleReader = true });
    }

    /// <summary>The other end.</summary>
    public PeerAddress Peer { get; }

    public bool IsInbound { get; }

    /// <summary>When it began, by the machine's clock: it tells which of two is older.</summary>
    public long Began { get; } = Stopwatch.GetTimestamp();

    /// <summary>Whether it ends, or has ended.</summary>
    public bool IsOver => _closing.IsCancellationRequested;

    /// <summary>Whether the node could not open a frame of it. Set on the loop, which then takes no other.</summary>
    public bool IsFaulty { get; private set; }

    /// <summary>Whether this node has opened it, or its peer has answered this node on it.</summary>
    public bool IsTrusted => _isTrusted;

    /// <summary>A connection that a peer opened.</summary>
    public static StreamConnection Accepted(
        Socket socket, PeerAddress local, bool isStranger, StreamInbox inbox, TransportOptions options, TransportCounters counters) =>
        new(PeerAddress.From((IPEndPoint)socket.RemoteEndPoint!), local, socket, isStranger, inbox, options, counters);

    /// <summary>A connection that this node is about to open.</summary>
    public static StreamConnection To(
        PeerAddress peer, PeerAddress local, StreamInbox inbox, TransportOptions options, TransportCounters counters) =>
        new(peer, local, null, isStranger: false, inbox, options, counters);

    /// <summary>Queues a packet, or drops and counts it. False when the connection is over, so that the caller may open another.</summary>
    public bool TrySend(ReadOnlySpan<byte> packet)
    {
        if (_frames.Reader.Completion.IsCompleted || _closing.IsCancellationRequested)
            return false;
        // First of all: probes come in regular rounds, and the idle time must not end while one of them is on its way.
        StayOpen();
        var length = Frames.HeaderSize + packet.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        Frames.Write(buffer, packet);
        if (_frames.Writer.TryWrite((buffer, length)))
            return !_closing.IsCancellationRequested;
        ArrayPool<byte>.Shared.Return(buffer);
        if (_closing.IsCancellationRequested)
            return false;
        _counters.QueueDrop();
        return true;
    }

    /// <summary>Lives the connection's life. Does not throw.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (_socket is null && !await TryConnectAsync().ConfigureAwait(false))
                return;
            _closing.CancelAfter(_isTrusted || _idle < _options.FirstFrameTime ? _idle : _options.FirstFrameTime);
            await LiveAsync(ReadAsync(), WriteAsync()).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The other end went away, or the time is up: that is how connections end.
        }
        finally
        {
            await _closing.CancelAsync().ConfigureAwait(false);
            _socket?.Dispose();
            LetGo();
            _frames.Writer.TryComplete();
            while (_frames.Reader.TryRead(out var frame))
            {
                ArrayPool<byte>.Shared.Return(frame.Buffer);
                _counters.QueueDrop();
            }
        }
    }

    /// <summary>Whether the peer has not shown yet who it is, and was not asked: true once.</summary>
    public bool MustIntroduceItself()
    {
        var wasAsked = _wasAsked;
        _wasAsked = true;
        return !_isTrusted && !wasAsked;
    }

    /// <summary>The node could open a frame of it: what follows is read.</summary>
    public void Open()
    {
        _opened.TrySetResult();
        LetGo();
    }

    /// <summary>The peer has answered this node: from now on the connection lives as long as frames pass.</summary>
    public void Trust()
    {
        if (_isTrusted)
            return;
        _isTrusted = true;
        StayOpen();
    }

    /// <summary>The node could not open a frame of it.</summary>
    public void Fail()
    {
        IsFaulty = true;
        Close();
    }

    public void Close()
    {
        _isClosed = true;
        try
        {
            // Not on this thread: it may be the loop's, and what follows a cancellation is the connection's own business.
            _ = _closing.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself in the meantime.
        }
    }

    public void Dispose()
    {
        _closing.Dispose();
        _socket?.Dispose();
    }

    private async Task<bool> TryConnectAsync()
    {
        _socket = new Socket(Peer.IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        _socket.NoDelay = true;
        WindowsSockets.RefuseAtOnce(_socket);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        patience.CancelAfter(_options.ConnectTimeout);
        try
        {
            if (!_local.IsAny && _local.IsIPv4 == Peer.IsIPv4)
                _socket.Bind(_local.WithPort(0).ToEndPoint());
            await _socket.ConnectAsync(Peer.ToEndPoint(), patience.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            if (_closing.IsCancellationRequested)
                return false;
            // Closed before the loop hears of it: its next attempt must open another connection instead of queueing here.
            await _closing.CancelAsync().ConfigureAwait(false);
            _counters.ConnectFailed();
            _inbox.AddFailure(Peer, error is SocketException { SocketErrorCode: SocketError.ConnectionRefused });
            return false;
        }
    }

    private async Task LiveAsync(Task reading, Task writing)
    {
        try
        {
            await Task.WhenAll(EndsAll(reading), EndsAll(writing)).ConfigureAwait(false);
        }
        finally
        {
            // Neither half has ended by itself, and nobody has closed it.
            if (!_isTrusted && reading.IsCanceled && writing.IsCanceled && !_isClosed)
                _counters.ConnectionExpired();
        }
    }

    private async Task EndsAll(Task half)
    {
        try
        {
            await half.ConfigureAwait(false);
        }
        finally
        {
            await _closing.CancelAsync().ConfigureAwait(false);
        }
    }

    private void StayOpen()
    {
        if (!_isTrusted)
            return;
        try
        {
            _closing.CancelAfter(_idle);
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself in the meantime.
        }
    }

    private async Task WriteAsync()
    {
        await foreach (var (buffer, length) in _frames.Reader.ReadAllAsync(_closing.Token).ConfigureAwait(false))
        {
            try
            {
                var rest = buffer.AsMemory(0, length);
                while (rest.Length > 0)
                    rest = rest[await _socket!.SendAsync(rest, SocketFlags.None, _closing.Token).ConfigureAwait(false)..];
                StayOpen();
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
