using System.Net;

namespace Gossip.Http;

/// <summary>
/// The content of a gRPC call's answer, passed on as it arrives: at its end the trailers are there, which alone tell the status of a call
/// that has sent a message. Nothing is read ahead or kept. A call that fails before its first message has its status in the headers, and
/// needs none of this.
/// <para>
/// A reader that stops before the end does not get the status: after the first byte the call counts as answered, before it as abandoned.
/// </para>
/// </summary>
internal sealed class GrpcContent : HttpContent
{
    private const string MediaType = "application/grpc";

    private readonly HttpResponseMessage _response;
    private readonly HttpContent _content;
    private readonly Verdict _verdict;
    private int _isTold;
    private bool _hasBegun;

    public GrpcContent(HttpResponseMessage response, Verdict verdict)
    {
        (_response, _content, _verdict) = (response, response.Content, verdict);
        foreach (var (name, values) in _content.Headers.NonValidated)
            Headers.TryAddWithoutValidation(name, values);
    }

    /// <summary>Whether an answer is one of gRPC whose headers do not tell how the call ended.</summary>
    public static bool SaysLater(HttpResponseMessage response) =>
        response is { StatusCode: HttpStatusCode.OK, Version.Major: >= 2 }
        && response.Content.Headers.ContentType?.MediaType is { } type
        && type.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase)
        && (type.Length == MediaType.Length || type[MediaType.Length] == '+')
        && !response.Headers.NonValidated.Contains(Verdict.GrpcStatus);

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) =>
        new Body(this, _content.ReadAsStream(cancellationToken));

    protected override async Task<Stream> CreateContentReadStreamAsync() =>
        new Body(this, await _content.ReadAsStreamAsync().ConfigureAwait(false));

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
        new Body(this, await _content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var body = await CreateContentReadStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
            await body.CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
    }

    protected override void SerializeToStream(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        using var body = CreateContentReadStream(cancellationToken);
        body.CopyTo(stream);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _content.Headers.ContentLength ?? 0;
        return _content.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Leave();
            _content.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool IsFirstWord() => Interlocked.Exchange(ref _isTold, 1) == 0;

    /// <summary>Notes a read of the content; a read of 0 bytes is its end.</summary>
    private int Note(int read, int wanted)
    {
        _hasBegun |= read > 0;
        if (read == 0 && wanted > 0 && IsFirstWord())
            _verdict.Tell(_response);
        return read;
    }

    /// <summary>The answer broke off, unless the reader stopped reading.</summary>
    private void Break(Exception failure)
    {
        if (failure is OperationCanceledException)
            Leave();
        else if (IsFirstWord())
            _verdict.Tell(CallOutcome.Failed);
    }

    private void Leave()
    {
        if (IsFirstWord())
            _verdict.Tell(_hasBegun ? CallOutcome.Answered : CallOutcome.Abandoned);
    }

    private sealed class Body(GrpcContent owner, Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            int read;
            try
            {
                read = inner.Read(buffer);
            }
            catch (Exception failure)
            {
                owner.Break(failure);
                throw;
            }

            return owner.Note(read, buffer.Length);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read;
            try
            {
                read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                owner.Break(failure);
                throw;
            }

            return owner.Note(read, buffer.Length);
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                owner.Leave();
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
