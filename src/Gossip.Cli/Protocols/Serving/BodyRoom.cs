using Microsoft.AspNetCore.Http;

namespace Gossip.Cli.Protocols.Serving;

/// <summary>Room for the bodies of a façade's requests: whoever sends slowly, or waits for an answer, holds some of it.</summary>
/// <param name="mostOfOne">Bytes of one body.</param>
/// <param name="mostOfAll">Bytes of all of them.</param>
internal sealed class BodyRoom(int mostOfOne, long mostOfAll)
{
    /// <summary>Bytes of a read.</summary>
    private const int MostRead = 16 * 1024;

    private long _held;

    /// <summary>Bytes of one body.</summary>
    public int MostOfOne => mostOfOne;

    /// <summary>Bytes that are held now.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Reads the body of a request, whose room is given back with the end of the request.</summary>
    /// <returns>The body; or null, and the status of the refusal: 413 for one that is too long, 503 where there is no room.</returns>
    public async ValueTask<(byte[]? Body, int Status)> ReadAsync(HttpContext http)
    {
        if (http.Request.ContentLength > mostOfOne)
            return Refuse(http, StatusCodes.Status413PayloadTooLarge);
        var part = new Part(this, mostOfAll);
        http.Response.RegisterForDispose(part);
        using var body = new MemoryStream();
        var buffer = new byte[(int)Math.Min(http.Request.ContentLength ?? MostRead, MostRead) + 1];
        while (await http.Request.Body.ReadAsync(buffer, http.RequestAborted).ConfigureAwait(false) is > 0 and var count)
        {
            if (body.Length + count > mostOfOne)
                return Refuse(http, StatusCodes.Status413PayloadTooLarge);
            if (!part.TryTake(count))
                return Refuse(http, StatusCodes.Status503ServiceUnavailable);
            await body.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
        }

        return (body.ToArray(), StatusCodes.Status200OK);
    }

    private static (byte[]?, int) Refuse(HttpContext http, int status)
    {
        // What is left of the body is not read.
        http.Response.Headers.Connection = "close";
        return (null, status);
    }

    /// <summary>What one request holds.</summary>
    private sealed class Part(BodyRoom room, long most) : IDisposable
    {
        private long _held;

        public bool TryTake(int count)
        {
            _held += count;
            return Interlocked.Add(ref room._held, count) <= most;
        }

        public void Dispose() => Interlocked.Add(ref room._held, -Interlocked.Exchange(ref _held, 0));
    }
}
