using System.Net;

namespace Gossip.Http;

/// <summary>
/// The content of a request on its way, which tells whether any of it was read, and whether it failed by itself: content that is read from
/// elsewhere may fail with the same exception as a connection that could not be made.
/// </summary>
internal sealed class CallContent : HttpContent
{
    private CallContent(HttpContent content)
    {
        Original = content;
        foreach (var (name, values) in content.Headers.NonValidated)
            Headers.TryAddWithoutValidation(name, values);
    }

    /// <summary>The content that the caller wrote.</summary>
    public HttpContent Original { get; }

    /// <summary>Whether it was read, so that there was a connection.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether it is the reason why the request failed.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>The same content, watched; null for content that is wholly in memory, and cannot fail.</summary>
    public static CallContent? Of(HttpContent? content) =>
        content is null or ByteArrayContent or ReadOnlyMemoryContent ? null : new CallContent(content);

    /// <inheritdoc/>
    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        HasBegun = true;
        var watched = new WatchedStream(stream);
        try
        {
            Original.CopyTo(watched, context, cancellationToken);
        }
        catch
        {
            HasFailed = !watched.HasFailed && !cancellationToken.IsCancellationRequested;
            throw;
        }
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        HasBegun = true;
        var watched = new WatchedStream(stream);
        try
        {
            await Original.CopyToAsync(watched, context, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            HasFailed = !watched.HasFailed && !cancellationToken.IsCancellationRequested;
            throw;
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = Original.Headers.ContentLength ?? -1;
        return length >= 0;
    }

    /// <summary>The target of the content; tells whether writing to it has failed.</summary>
    private sealed class WatchedStream(Stream stream) : Stream
    {
        public bool HasFailed { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            HasFailed = true;
            stream.Write(buffer);
            HasFailed = false;
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            HasFailed = true;
            await stream.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
            HasFailed = false;
        }

        public override void Flush()
        {
            HasFailed = true;
            stream.Flush();
            HasFailed = false;
        }

        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            HasFailed = true;
            await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            HasFailed = false;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
