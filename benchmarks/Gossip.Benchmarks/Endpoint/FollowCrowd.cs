using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gossip.Benchmarks.Endpoint;

/// <summary>Connections that follow the events. Some of them never read.</summary>
internal sealed class FollowCrowd : IDisposable
{
    private static readonly byte[] Request = "GET /gossip/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"u8.ToArray();
    private static readonly byte[] Mark = Encoding.ASCII.GetBytes("event: happened");

    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _reading = [];
    private readonly long[] _heard;

    private FollowCrowd(int readers) => _heard = new long[readers];

    /// <summary>How many events the reader with the fewest has.</summary>
    public long Least => _heard.Length == 0 ? 0 : Enumerable.Range(0, _heard.Length).Min(place => Interlocked.Read(ref _heard[place]));

    public static async Task<FollowCrowd> GatherAsync(IPEndPoint server, FollowPlan plan)
    {
        var crowd = new FollowCrowd(plan.Subscribers - plan.Silent);
        for (var i = 0; i < plan.Subscribers; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            if (i >= crowd._heard.Length)
                socket.ReceiveBufferSize = 4096;
            crowd._sockets.Add(socket);
            await socket.ConnectAsync(server);
            await socket.SendAsync(Request);
            if (i < crowd._heard.Length)
                crowd._reading.Add(crowd.ReadAsync(socket, i));
        }

        return crowd;
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
        Task.WaitAll(_reading);
    }

    private async Task ReadAsync(Socket socket, int place)
    {
        var buffer = new byte[4096];
        var kept = 0;
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(kept)) is > 0 and var read)
            {
                var rest = buffer.AsMemory(0, kept + read);
                for (int at; (at = rest.Span.IndexOf(Mark)) >= 0; rest = rest[(at + Mark.Length)..])
                    Interlocked.Increment(ref _heard[place]);
                // The beginning of a mark may be at the end.
                kept = Math.Min(rest.Length, Mark.Length - 1);
                rest[^kept..].CopyTo(buffer);
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The run is over.
        }
    }
}
