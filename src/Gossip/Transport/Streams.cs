using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>
/// The TCP half of a transport: all connections by their other end. A reply to a packet that came by stream names the connection's
/// other end as the peer, and so goes back on it; any other address is connected to.
/// </summary>
internal sealed class Streams : IAsyncDisposable
{
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    // Both are empty most of the time. As they come they have a lock for each processor, for writers that follow each other by
    // microseconds.

    private readonly ConcurrentDictionary<PeerAddress, StreamConnection> _connections = new(concurrencyLevel: 1, capacity: 1);
    private readonly ConcurrentDictionary<StreamConnection, Task> _running = new(concurrencyLevel: 1, capacity: 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _listener;
    private readonly PeerAddress _local;
    private readonly StreamInbox _inbox;
    private readonly TransportOptions _options;
    private readonly TransportCounters _counters;
    private readonly StrangerBudget _budget;
    private readonly long _start;
    private readonly Task _accepting;

    public Streams(Socket listener, PeerAddress local, StreamInbox inbox, TransportOptions options, TransportCounters counters)
    {
        _listener = listener;
        _local = local;
        _inbox = inbox;
        _options = options;
        _counters = counters;
        _budget = new StrangerBudget(options.StrangerRates);
        _start = options.Time.GetTimestamp();
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Sends a packet, or drops and counts it.</summary>
    public void Send(PeerAddress peer, ReadOnlySpan<byte> packet)
    {
        if (packet.Length is 0 or > Limits.StreamFrameSize)
        {
            _counters.SendError();
            return;
        }

        if (_connections.TryGetValue(peer, out var open) && open.TrySend(packet))
            return;
        if (_counters.OutboundChanged(1) > _options.MaxOutbound)
        {
            _counters.OutboundChanged(-1);
            _counters.ConnectionRefused();
            return;
        }

        var connection = StreamConnection.To(peer, _local, _inbox, _options, _counters);
        connection.TrySend(packet);
        Run(connection);
    }

    /// <summary>What became of a frame of that peer.</summary>
    /// <returns>Whether the peer is to be asked who it is: the frame was opened, and nothing shows yet that it is no recording.</returns>
    public bool Judge(PeerAddress peer, in PacketOutcome outcome)
    {
        if (outcome.IsAnswer)
            Know(peer);
        if (!_connections.TryGetValue(peer, out var connection))
            return false;
        if (outcome.Dropped is not null)
        {
            // A connection whose peer has answered nothing is charged at its end, whatever that is.
            if (connection.IsTrusted)
                _budget.Charge(peer.Host, connection.UnopenedBytes, Now);
            _counters.BadFrame();
            connection.Fail();
            return false;
        }

        // A stale frame that answers nothing is a recording, or of a node whose clock is wrong: that one learns better, and comes again.
        if (outcome.IsAnswer || !outcome.IsStale)
            connection.Open();
        if (outcome.IsAnswer)
            connection.Trust();
        return connection.MustIntroduceItself();
    }

    /// <summary>The node has been answered from there: the host is no stranger.</summary>
    public void Know(PeerAddress peer) => _budget.Know(peer.Host, Now);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        foreach (var connection in _running.Keys)
            connection.Close();
        await Task.WhenAll(_running.Values).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                Welcome(socket);
            }
            catch (SocketException) when (!_stopping.IsCancellationRequested)
            {
                // Out of descriptors, or a peer that hung up in the queue: the next one may do better.
                _counters.ReceiveError();
                await Task.Delay(AcceptPause, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Welcome(Socket socket)
    {
        var inbound = _counters.InboundChanged(1);
        if (socket.RemoteEndPoint is not IPEndPoint remote)
        {
            Refuse(socket);
            return;
        }

        var host = PeerAddress.From(remote).Host;
        var isStranger = !_budget.IsKnown(host, Now);
        if (!_budget.Admits(host, Now) || (isStranger && !MakesRoomFor(host)))
        {
            _counters.ConnectionUnread();
            Refuse(socket);
            return;
        }

        if (inbound > _options.MaxInbound || IsOneTooManyOf(host, socket))
        {
            _counters.ConnectionRefused();
            Refuse(socket);
            return;
        }

        try
        {
            socket.NoDelay = true;
            Run(StreamConnection.Accepted(socket, _local, isStranger, _inbox, _options, _counters));
        }
        catch (SocketException)
        {
            _counters.InboundChanged(-1);
            socket.Dispose();
        }
    }

    /// <summary>
    /// One host must not hold all the places. The processes of this machine share its addresses, so they are counted with more patience.
    /// </summary>
    private bool IsOneTooManyOf(PeerAddress host, Socket socket)
    {
        var isThisMachine = host.IsLoopback || (socket.LocalEndPoint is IPEndPoint own && PeerAddress.From(own).WithPort(0) == host);
        var most = isThisMachine ? _options.MaxInboundFromThisMachine : _options.MaxInboundPerHost;
        return _running.Keys.Count(connection => connection.IsInbound && connection.Peer.Host == host) >= most;
    }

    /// <summary>
    /// Whether a stranger finds a place. When all are taken the longest there gives way, of the network that has the most, or of the host
    /// within the newcomer's own: a real newcomer answers within milliseconds, and nobody holds all places from a few addresses.
    /// </summary>
    private bool MakesRoomFor(PeerAddress newcomer)
    {
        var strangers = _running.Keys.Where(connection => connection is { IsStranger: true, IsOver: false }).ToList();
        if (strangers.Count < _options.MaxStrangers)
            return true;
        var longest = LongestOfMost(strangers, static peer => peer.Network, newcomer)
            ?? LongestOfMost(strangers.Where(stranger => stranger.Peer.Network == newcomer.Network), static peer => peer.Host, newcomer);
        if (longest is null)
            return false;
        _counters.ConnectionUnread();
        longest.Close();
        return true;
    }

    /// <summary>Null where the newcomer's part would have as many.</summary>
    private static StreamConnection? LongestOfMost(
        IEnumerable<StreamConnection> strangers, Func<PeerAddress, PeerAddress> part, PeerAddress newcomer)
    {
        var parts = strangers.GroupBy(stranger => part(stranger.Peer)).ToList();
        var own = parts.Find(one => one.Key == part(newcomer))?.Count() ?? 0;
        return parts.MaxBy(one => one.Count()) is { } most && most.Count() > own + 1 ? most.MinBy(stranger => stranger.Began) : null;
    }

    private TimeSpan Now => _options.Time.GetElapsedTime(_start);

    private void Refuse(Socket socket)
    {
        _counters.InboundChanged(-1);
        socket.Dispose();
    }

    private void Run(StreamConnection connection)
    {
        _connections[connection.Peer] = connection;
        var run = new Task<Task>(() => LiveAsync(connection));
        _running[connection] = run.Unwrap();
        run.Start(TaskScheduler.Default);
    }

    private async Task LiveAsync(StreamConnection connection)
    {
        await connection.RunAsync().ConfigureAwait(false);
        _connections.TryRemove(KeyValuePair.Create(connection.Peer, connection));
        if (!connection.IsTrusted)
            _budget.Charge(connection.Peer.Host, connection.UnopenedBytes, Now);
        if (connection.IsInbound)
            _counters.InboundChanged(-1);
        else
            _counters.OutboundChanged(-1);
        _running.TryRemove(connection, out _);
        connection.Dispose();
    }
}
