using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace Gossip.Transport;

/// <content>
/// What a connection brings. Until the node could open a frame of it, it has proven nothing: then one frame at a time is handed on and the
/// next is not read before the verdict, and how much is held for it depends on whose it is.
/// </content>
internal sealed partial class StreamConnection
{
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _isStranger;
    private int _held;
    private long _buffered;

    /// <summary>Whether the node could open a frame of it.</summary>
    public bool HasOpened => _opened.Task.IsCompleted;

    /// <summary>Whether its host has answered nothing of late, nor its peer on this connection: what it sent may be a recording.</summary>
    public bool IsStranger => _isStranger && !_isTrusted;

    /// <summary>Bytes that it brought and that the node could not open.</summary>
    public long UnopenedBytes { get; private set; }

    private async Task ReadAsync()
    {
        using var stream = new NetworkStream(_socket!, ownsSocket: false);
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(_closing.Token).ConfigureAwait(false);
                var buffer = read.Buffer;
                var (good, waits) = TakeFrames(ref buffer);
                Count(buffer.Length);
                // What lies behind a frame that waits was not looked at: it is there at once when the verdict has come.
                reader.AdvanceTo(buffer.Start, waits ? buffer.Start : buffer.End);
                if (waits)
                    await _opened.Task.WaitAsync(_closing.Token).ConfigureAwait(false);
                if (!good || (read.IsCompleted && !waits))
                    return;
            }
        }
        finally
        {
            Count(0);
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether the connection may go on, and whether it waits for the verdict on a frame first.</summary>
    private (bool Good, bool Waits) TakeFrames(ref ReadOnlySequence<byte> buffer)
    {
        while (true)
        {
            if (!HasOpened && !MayHold(Frames.Claimed(buffer)))
            {
                UnopenedBytes += buffer.Length;
                _counters.FrameUnread();
                return (false, false);
            }

            var before = buffer.Length;
            switch (Frames.Read(ref buffer, out var packet))
            {
                case FrameRead.Partial:
                    return (true, false);
                case FrameRead.Bad:
                    UnopenedBytes += before;
                    _counters.BadFrame();
                    return (false, false);
            }

            var isTaken = _inbox.TryAdd(this, packet);
            UnopenedBytes = HasOpened ? packet.Length : UnopenedBytes + packet.Length;
            StayOpen();
            if (isTaken && !HasOpened)
                return (true, true);
        }
    }

    /// <summary>Whether so long a frame is waited for. Of a forbidden length is told elsewhere.</summary>
    private bool MayHold(long length)
    {
        if (length <= _options.StrangerFrame || length > Protocol.Limits.StreamFrameSize || length <= _held)
            return true;
        if (_isStranger || !_inbox.TryHold((int)length - _held))
            return false;
        _held = (int)length;
        return true;
    }

    private void LetGo()
    {
        if (Interlocked.Exchange(ref _held, 0) is > 0 and var held)
            _inbox.LetGo(held);
    }

    private void Count(long buffered)
    {
        _counters.BufferedChanged(buffered - _buffered);
        _buffered = buffered;
    }
}
