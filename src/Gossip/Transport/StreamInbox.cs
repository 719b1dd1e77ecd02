using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>What a stream brought. An object: a queue keeps room for dozens of whatever it holds, and streams bring little.</summary>
internal sealed record StreamArrival(ArrivalKind Kind, PeerAddress Peer, byte[] Packet, StreamConnection? Connection = null);

/// <summary>
/// What the streams have brought and the loop has not yet taken: bounded in frames and in bytes, full means dropped. The buffers are no
/// pool's: streams are for joins and for trouble, and a pool would keep the largest frame for each thread that gave one back.
/// </summary>
internal sealed class StreamInbox(TransportOptions options, TransportCounters counters, Action wake)
{
    private readonly ConcurrentQueue<StreamArrival> _arrivals = new();
    private int _frames;
    private int _bytes;
    private int _held;

    /// <summary>
    /// The number is looked at before the queue, here and below: the loop asks with every packet, and streams bring little.
    /// </summary>
    public bool IsEmpty => Volatile.Read(ref _frames) == 0;

    /// <summary>False when there is no room, and the frame is dropped and counted.</summary>
    public bool TryAdd(StreamConnection from, ReadOnlySequence<byte> packet)
    {
        var length = (int)packet.Length;
        if (!TryReserve(length))
            return false;
        _arrivals.Enqueue(new StreamArrival(ArrivalKind.Packet, from.Peer, packet.ToArray(), from));
        wake();
        return true;
    }

    public void AddFailure(PeerAddress peer, bool refused)
    {
        if (!TryReserve(0))
            return;
        _arrivals.Enqueue(new StreamArrival(refused ? ArrivalKind.StreamRefused : ArrivalKind.StreamFailed, peer, []));
        wake();
    }

    /// <summary>The next, without the frames that lie behind one that was not opened: nobody looks at them.</summary>
    public bool TryTake([NotNullWhen(true)] out StreamArrival? arrival)
    {
        arrival = null;
        while (!IsEmpty && _arrivals.TryDequeue(out arrival))
        {
            Release(arrival.Packet.Length);
            if (arrival.Connection is not { IsFaulty: true })
                return true;
            counters.FrameUnread();
        }

        arrival = null;
        return false;
    }

    /// <summary>
    /// Room for a frame that has not come whole yet, on a stream that has brought none that the node could open. False when there is none.
    /// </summary>
    public bool TryHold(int bytes)
    {
        if (Interlocked.Add(ref _held, bytes) <= options.UnopenedBytes)
            return true;
        LetGo(bytes);
        return false;
    }

    /// <summary>Gives that room back.</summary>
    public void LetGo(int bytes) => Interlocked.Add(ref _held, -bytes);

    private bool TryReserve(int bytes)
    {
        var frames = Interlocked.Increment(ref _frames);
        var total = Interlocked.Add(ref _bytes, bytes);
        if (frames <= options.InboxFrames && total <= options.InboxBytes)
            return true;
        Release(bytes);
        counters.InboxDrop();
        return false;
    }

    private void Release(int bytes)
    {
        Interlocked.Decrement(ref _frames);
        Interlocked.Add(ref _bytes, -bytes);
    }
}
