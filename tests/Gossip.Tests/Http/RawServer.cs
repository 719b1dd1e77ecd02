using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gossip.Tests.Http;

/// <summary>
/// A server on a free port of this machine that reads requests of HTTP/1.1 byte by byte, and does what no web server would let itself be
/// talked into: hang up without a word, and listen no longer.
/// </summary>
internal sealed class RawServer : IAsyncDisposable
{
    /// <summary>The answer of a server that ends the connection without a word, and that nobody can connect to any more.</summary>
    public const string Dies = "";

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentQueue<string> _heard = new();
    private readonly ConcurrentBag<Task> _connections = [];

    public RawServer()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _connections.Add(AcceptAsync());
    }

    public int Port { get; }

    /// <summary>What it heard, as "method target Host body"; a header Authorization comes last.</summary>
    public string[] Heard => [.. _heard];

    /// <summary>
    /// Answers what was heard, as in "303 See Other\r\nLocation: /". With "Connection: dies" it is the last that it says to anybody.
    /// </summary>
    public Func<string, string> Answer { get; set; } = _ => "200 OK";

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await Task.WhenAll(_connections);
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ServeAsync(await _listener.AcceptAsync(_closing.Token)));
        }
        catch (Exception failure) when (failure is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It listens no longer.
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        using var one = connection;
        try
        {
            await using var stream = new NetworkStream(one);
            while (await ReadAsync(stream) is { } heard)
            {
                _heard.Enqueue(heard);
                var answer = Answer(heard);
                if (answer.Length == 0 || answer.Contains("Connection: dies", StringComparison.Ordinal))
                    _listener.Dispose();
                if (answer.Length == 0)
                    return;
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer.Replace("dies", "close", StringComparison.Ordinal)}\r\nContent-Length: 0\r\n\r\n"), _closing.Token);
                if (answer.Contains("Connection: ", StringComparison.Ordinal))
                    return;
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            // The caller has hung up, or the test is over.
        }
    }

    /// <summary>Null at the end of the connection.</summary>
    private async Task<string?> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var letter = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(letter, _closing.Token) == 0)
                return null;
            head.Append((char)letter[0]);
        }

        var lines = head.ToString().Split("\r\n");
        var heard = string.Join(' ', [.. lines[0].Split(' ')[..2], HeaderOf(lines, "Host")]);
        var body = new byte[int.Parse(HeaderOf(lines, "Content-Length") is { Length: > 0 } length ? length : "0", CultureInfo.InvariantCulture)];
        if (HeaderOf(lines, "Expect").Length == 0)
            await stream.ReadExactlyAsync(body, _closing.Token);
        return $"{heard} {Encoding.UTF8.GetString(body).TrimEnd('\0')} {HeaderOf(lines, "Authorization")}".TrimEnd();
    }

    private static string HeaderOf(string[] lines, string name) =>
        lines.FirstOrDefault(line => line.StartsWith($"{name}: ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..] ?? "";
}
