using System.Buffers;
using System.Collections.Concurrent;
using Gossip.Protocol;

namespace Gossip.Transport;

/// <summary>What a stream brought; the buffer is rented and goes back to <see cref="StreamInbox.Return"/>.</summary>
internal readonly record struct StreamArrival(ArrivalKind Kind, PeerAddress Peer, byte[]? Buffer, int Length);

/// <summary>What the streams have brought and the loop has not yet taken: bounded in frames and in bytes, full means dropped.</summary>
internal sealed class StreamInbox(TransportOptions options, TransportCounters counters, Action wake)
{
    private readonly ConcurrentQueue<StreamArrival> _arrivals = new();
    private int _frames;
    private int _bytes;

    public void Add(PeerAddress from, ReadOnlySequence<byte> packet)
    {
        var length = (int)packet.Length;
        if (!TryReserve(length))
            return;
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        packet.CopyTo(buffer);
        _arrivals.Enqueue(new StreamArrival(ArrivalKind.Packet, from, buffer, length));
        wake();
    }

    public void AddFailure(PeerAddress peer, bool refused)
    {
        if (!TryReserve(0))
            return;
        _arrivals.Enqueue(new StreamArrival(refused ? ArrivalKind.StreamRefused : ArrivalKind.StreamFailed, peer, null, 0));
        wake();
    }

    public bool TryTake(out StreamArrival arrival)
    {
        if (!_arrivals.TryDequeue(out arrival))
            return false;
        Release(arrival.Length);
        return true;
    }

    public static void Return(in StreamArrival arrival)
    {
        if (arrival.Buffer is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
    }

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
