namespace Gossip.Transport;

/// <summary>What a transport counted since its start. Every field is written with <see cref="Interlocked"/>.</summary>
internal sealed class TransportCounters
{
    private long _sendErrors;
    private long _tooLarge;
    private long _receiveErrors;
    private long _inboxDropped;
    private long _queueDropped;
    private long _badFrames;
    private long _connectsFailed;
    private long _connectionsRefused;
    private long _datagramsUnread;
    private long _connectionsUnread;
    private long _framesUnread;
    private long _connectionsExpired;
    private long _buffered;
    private int _inbound;
    private int _outbound;

    public void SendError() => Interlocked.Increment(ref _sendErrors);

    public void TooLarge() => Interlocked.Increment(ref _tooLarge);

    public void ReceiveError() => Interlocked.Increment(ref _receiveErrors);

    public void InboxDrop() => Interlocked.Increment(ref _inboxDropped);

    public void QueueDrop() => Interlocked.Increment(ref _queueDropped);

    public void BadFrame() => Interlocked.Increment(ref _badFrames);

    public void ConnectFailed() => Interlocked.Increment(ref _connectsFailed);

    public void ConnectionRefused() => Interlocked.Increment(ref _connectionsRefused);

    public void DatagramUnread() => Interlocked.Increment(ref _datagramsUnread);

    public void ConnectionUnread() => Interlocked.Increment(ref _connectionsUnread);

    public void FrameUnread() => Interlocked.Increment(ref _framesUnread);

    public void ConnectionExpired() => Interlocked.Increment(ref _connectionsExpired);

    public void BufferedChanged(long by) => Interlocked.Add(ref _buffered, by);

    public int InboundChanged(int by) => Interlocked.Add(ref _inbound, by);

    public int OutboundChanged(int by) => Interlocked.Add(ref _outbound, by);

    public TransportFigures Read() => new(
        Interlocked.Read(ref _sendErrors),
        Interlocked.Read(ref _tooLarge),
        Interlocked.Read(ref _receiveErrors),
        Interlocked.Read(ref _inboxDropped),
        Interlocked.Read(ref _queueDropped),
        Interlocked.Read(ref _badFrames),
        Interlocked.Read(ref _connectsFailed),
        Interlocked.Read(ref _connectionsRefused),
        Interlocked.Read(ref _datagramsUnread),
        Interlocked.Read(ref _connectionsUnread),
        Interlocked.Read(ref _framesUnread),
        Interlocked.Read(ref _connectionsExpired),
        Interlocked.Read(ref _buffered),
        Volatile.Read(ref _inbound),
        Volatile.Read(ref _outbound));
}

/// <summary>A copy of <see cref="TransportCounters"/>.</summary>
/// <param name="SendErrors">Datagrams that the system did not take.</param>
/// <param name="TooLarge">Datagrams too large for the way to a peer, which went by stream instead.</param>
/// <param name="ReceiveErrors">Reads that the system failed.</param>
/// <param name="InboxDropped">Frames dropped because the loop did not keep up.</param>
/// <param name="QueueDropped">Frames dropped because a peer did not keep up, or its connection ended.</param>
/// <param name="BadFrames">Connections closed because a frame was empty, too large, or not to be opened by the node.</param>
/// <param name="ConnectsFailed">Connects that failed.</param>
/// <param name="ConnectionsRefused">Connections, of peers or of this node, that were one too many.</param>
/// <param name="DatagramsUnread">Datagrams dropped unread, as their source had sent too much that the node could not open.</param>
/// <param name="ConnectionsUnread">Connections of peers closed unread, for that reason or because too many strangers had some.</param>
/// <param name="FramesUnread">
/// Frames that nobody looked at: larger than what is held for a connection that has proven nothing, or behind one that was not opened.
/// </param>
/// <param name="ConnectionsExpired">Connections of peers closed because the peer had not answered this node in time, as slow ones.</param>
/// <param name="Buffered">Bytes of frames that have not come whole yet.</param>
/// <param name="Inbound">Open connections of peers.</param>
/// <param name="Outbound">Open connections of this node.</param>
internal sealed record TransportFigures(
    long SendErrors,
    long TooLarge,
    long ReceiveErrors,
    long InboxDropped,
    long QueueDropped,
    long BadFrames,
    long ConnectsFailed,
    long ConnectionsRefused,
    long DatagramsUnread,
    long ConnectionsUnread,
    long FramesUnread,
    long ConnectionsExpired,
    long Buffered,
    int Inbound,
    int Outbound);
