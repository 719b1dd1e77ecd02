namespace Gossip.Cli.Commands;

/// <summary>
/// A stream of events that ends in time: an endpoint gives a sign of life every ten seconds, and no event of it is long.
/// </summary>
/// <param name="inner">The body of the answer.</param>
internal sealed class FollowedStream(Stream inner) : Stream
{
    /// <summary>Bytes of one event: an endpoint keeps fewer of all together.</summary>
    private const int MostBytes = 1024 * 1024;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(45);

    private int _sinceEnd;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">There was silence for too long, or an event is too long.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        soon.CancelAfter(Silence);
        int count;
        try
        {
            count = await inner.ReadAsync(buffer, soon.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"No sign of life came for {Silence.TotalSeconds} s.");
        }

        var end = buffer.Span[..count].LastIndexOf("\n\n"u8);
        _sinceEnd = end < 0 ? _sinceEnd + count : count - end;
        return _sinceEnd <= MostBytes ? count : throw new IOException($"An event has more than {MostBytes} bytes.");
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
