using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;

namespace Gossip.Benchmarks.Micro;

/// <summary>
/// What HttpClient by name allocates more than at an address, over real connections: answers come later than calls return, as everywhere. The
/// server answers from the same process and allocates the same for all. For time see <see cref="NamedCallBenchmarks"/>: here it drowns.
/// </summary>
public class NamedCallOverSocketsBenchmarks : NamedCallSuite
{
    private const int Calls = 64;

    private readonly CancellationTokenSource _closing = new();
    private Socket _server = null!;

    [GlobalSetup]
    public void Prepare()
    {
        _server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _server.Listen();
        _ = AcceptAsync();
        var port = ((IPEndPoint)_server.LocalEndPoint!).Port;
        Open(new ServiceEndpoint("http", "http", HasHostName ? "localhost" : "127.0.0.1", port), () => new SocketsHttpHandler());
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Calls)]
    public Task AtAddress() => CallAsync(Direct);

    /// <summary>A call at the address with the Host header that keeps the service's name: the same bytes as by name at an IP address.</summary>
    [Benchmark(OperationsPerInvoke = Calls)]
    public Task AtAddressWithHost() => CallAsync(Direct, keepsName: true);

    [Benchmark(OperationsPerInvoke = Calls)]
    public Task ByName() => CallAsync(Named);

    public override void Cleanup()
    {
        base.Cleanup();
        _closing.Cancel();
        _server.Dispose();
        _closing.Dispose();
    }

    /// <summary>One after the other, on threads of the pool, as a service calls another.</summary>
    private async Task CallAsync(HttpClient client, bool keepsName = false)
    {
        for (var i = 0; i < Calls; i++)
            (await client.SendAsync(Request(keepsName))).Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await _server.AcceptAsync(_closing.Token));
        }
        catch (Exception) when (_closing.IsCancellationRequested)
        {
            // The benchmark is over.
        }
    }

    private async Task AnswerAsync(Socket connection)
    {
        using var one = connection;
        var answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray();
        var buffer = new byte[4096];
        var length = 0;
        try
        {
            while (await one.ReceiveAsync(buffer.AsMemory(length), _closing.Token) is > 0 and var read)
            {
                length += read;
                if (!buffer.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
                    continue;
                length = 0;
                await one.SendAsync(answer, _closing.Token);
            }
        }
        catch (Exception) when (_closing.IsCancellationRequested)
        {
            // The benchmark is over.
        }
    }
}
