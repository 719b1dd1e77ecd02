using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;

namespace Gossip.Benchmarks.Micro;

/// <summary>
/// What HttpClient by name allocates more than at an address, over real connections: answers come later than calls return, as everywhere. The
/// server answers from the same process and allocates the same for all. For time see <see cref="NamedCallBenchmarks"/>: here it drowns.
/// </summary>
public class NamedCallOverSocketsBenchmarks
{
    private const int Calls = 64;

    private readonly CancellationTokenSource _closing = new();
    private Socket _server = null!;
    private ToldNode _node = null!;
    private HttpClient _direct = null!;
    private HttpClient _named = null!;
    private int _number;

    [Params(false, true)]
    public bool HasHeader { get; set; }

    /// <summary>Whether each request has a path of its own, as one with a customer's number in it.</summary>
    [Params(false, true)]
    public bool OtherPaths { get; set; }

    /// <summary>Whether the instances' endpoints have host names: then requests need no Host header that keeps the service's.</summary>
    [Params(false, true)]
    public bool HasHostName { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _server.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _server.Listen();
        _ = AcceptAsync();
        var port = ((IPEndPoint)_server.LocalEndPoint!).Port;
        var endpoint = new ServiceEndpoint("http", "http", HasHostName ? "localhost" : "127.0.0.1", port);
        _node = new ToldNode(16, number => Examples.Record(number) with { Endpoints = [endpoint] });
        _direct = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri($"http://{endpoint.Host}:{port}") };
        _named = new HttpClient(new GossipHttpHandler(_node.Discovery) { InnerHandler = new SocketsHttpHandler() }) { BaseAddress = new Uri("http://service-3") };
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Calls)]
    public Task Direct() => CallAsync(_direct);

    /// <summary>A call at the address with the Host header that keeps the service's name: the same bytes as by name at an IP address.</summary>
    [Benchmark(OperationsPerInvoke = Calls)]
    public Task DirectWithHost() => CallAsync(_direct, "service-3");

    [Benchmark(OperationsPerInvoke = Calls)]
    public Task ByName() => CallAsync(_named);

    [GlobalCleanup]
    public void Cleanup()
    {
        _direct.Dispose();
        _named.Dispose();
        _node.Dispose();
        _closing.Cancel();
        _server.Dispose();
        _closing.Dispose();
    }

    /// <summary>One after the other, on threads of the pool, as a service calls another.</summary>
    private async Task CallAsync(HttpClient client, string? host = null)
    {
        for (var i = 0; i < Calls; i++)
            (await SendAsync(client, host)).Dispose();
    }

    private Task<HttpResponseMessage> SendAsync(HttpClient client, string? host)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, OtherPaths ? Paths.Of(_number++) : Paths.Of(0));
        if (HasHeader)
            request.Headers.TryAddWithoutValidation("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        if (host is not null)
            request.Headers.Host = host;
        return client.SendAsync(request);
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
