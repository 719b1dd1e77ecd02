using System.IO.Pipelines;
using Gossip.AspNetCore.Resources;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gossip.AspNetCore.Events;

/// <summary>
/// One that follows the events. It keeps the number of the last event that it has taken, and the few that are on their way to it: what
/// follows waits in the list that all share, or has gone from there, and then it is told to fetch anew what it shows.
/// </summary>
/// <param name="http">The request.</param>
/// <param name="taken">The last event that the client has; null for one that begins now.</param>
/// <param name="unknown">Why what the client has is of no use; null where it is.</param>
/// <param name="began">When it began, by the stream's clock.</param>
internal sealed class EventSubscriber(HttpContext http, long? taken, string? unknown, long began)
{
    /// <summary>Events on their way at a time.</summary>
    public const int Most = 64;

    private readonly CancellationTokenSource _cut = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
    private readonly List<EventFrame> _batch = [EventFrame.Retry];
    private string? _reset = unknown;
    private long _taken = taken ?? -1;

    /// <summary>Up to which event it was told that some are lost.</summary>
    private long _lost;
    private EventFrame? _revision;

    /// <summary>Whether the client knows an id by which it may come back.</summary>
    private bool _isPlaced = taken is not null && unknown is null;
    private long _beat = -1;
    private int _written;
    private int _lookedAt = -1;
    private int _isWriting;

    /// <summary>Events on their way. From any thread, about.</summary>
    public int Waiting => _batch.Count;

    /// <summary>Whether what was on its way at the last call still is. Called by one thread at a time.</summary>
    public bool IsStuck()
    {
        var written = Volatile.Read(ref _written);
        var isStuck = Volatile.Read(ref _isWriting) != 0 && written == _lookedAt;
        _lookedAt = written;
        return isStuck;
    }

    /// <summary>
    /// Ends it from outside. Whoever serves it cuts the connection, on a thread of the pool: nobody else may touch the request.
    /// </summary>
    public void Cut()
    {
        try
        {
            _ = _cut.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself in this moment.
        }
    }

    /// <summary>Sends what happens until the client hangs up, the stream ends, or the client is cut off.</summary>
    public async Task RunAsync(EventStream stream)
    {
        try
        {
            await SendAsync(stream, _cut.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // What is left in the connection's buffer is of no use to anybody.
            http.Abort();
        }
        finally
        {
            stream.Leave(this);
            _cut.Dispose();
        }
    }

    private async Task SendAsync(EventStream stream, CancellationToken cancellation)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        while (!stream.IsEnding && !stream.IsOver(began))
        {
            // First the signal, then the events: what comes in between gives the signal.
            var outdated = Take(stream, stream.Newest);
            if (_batch.Count > 0)
                await WriteAsync(http.Response.BodyWriter, cancellation).ConfigureAwait(false);
            else
                await outdated.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Takes what is next. The list itself is not kept while that is written, or one that does not read would keep what all others have
    /// long read.
    /// </summary>
    private Task Take(EventStream stream, EventList list)
    {
        if (list.Last < 0)
            return list.Outdated;
        if (_taken < 0)
            _taken = list.Last;
        if (_taken > list.Last)
            _reset ??= "the number is one that this node has not reached";
        else if (_taken < list.Gone && _lost < list.Gone)
            _reset ??= $"some of the events up to {list.Gone} are not kept any more";
        if (_reset is not null)
            Reset(list);
        if (!_isPlaced && stream.IdOf(_taken) is { } id)
            _batch.Add(EventFrame.At(id));
        _isPlaced = true;
        for (var at = list.After(_taken); at < list.Frames.Length && _batch.Count < Most; at++)
        {
            _batch.Add(list.Frames[at]);
            _taken = list.Frames[at].Sequence;
        }

        if (!ReferenceEquals(_revision, list.Revision) && _batch.Count < Most)
            _batch.Add(_revision = list.Revision!);
        if (_beat != list.Beat && _batch.Count == 0)
            _batch.Add(EventFrame.Heartbeat);
        _beat = list.Beat;
        return list.Outdated;
    }

    private void Reset(EventList list)
    {
        _batch.Add(EventFrame.Of("reset", null, 0, new ResetPart(_reset!), PageJson.Compact.ResetPart));
        // What is kept of that follows: among a thousand changes of services that were lost may be a death that was not.
        (_reset, _taken, _lost, _revision, _isPlaced) = (null, Math.Min(_taken, list.Last), list.Gone, null, false);
    }

    private async ValueTask WriteAsync(PipeWriter body, CancellationToken cancellation)
    {
        foreach (var frame in _batch)
            System.Buffers.BuffersExtensions.Write(body, frame.Bytes.Span);
        Volatile.Write(ref _isWriting, 1);
        await body.FlushAsync(cancellation).ConfigureAwait(false);
        Volatile.Write(ref _isWriting, 0);
        Interlocked.Increment(ref _written);
        _batch.Clear();
    }
}
