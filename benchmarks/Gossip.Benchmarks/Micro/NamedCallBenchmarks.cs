using System.Net;
using BenchmarkDotNet.Attributes;

namespace Gossip.Benchmarks.Micro;

/// <summary>
/// What HttpClient by name adds to a call at an address. The network is left out: behind the client stands what reads of a request that
/// which a connection reads, and answers at once. Typical requests carry a header anyway, as of tracing, so both are measured.
/// </summary>
public class NamedCallBenchmarks
{
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
        var endpoint = new ServiceEndpoint("https", "https", HasHostName ? "api.example.org" : "10.0.0.3", 5001);
        _node = new ToldNode(16, number => Examples.Record(number) with { Endpoints = [endpoint] });
        _direct = new HttpClient(new Wire()) { BaseAddress = new Uri("https://10.0.0.3:5001") };
        _named = new HttpClient(new GossipHttpHandler(_node.Discovery) { InnerHandler = new Wire() }) { BaseAddress = new Uri("https://service-3") };
    }

    [Benchmark(Baseline = true)]
    public Task<HttpResponseMessage> Direct() => SendAsync(_direct);

    [Benchmark]
    public Task<HttpResponseMessage> ByName() => SendAsync(_named);

    [GlobalCleanup]
    public void Cleanup()
    {
        _direct.Dispose();
        _named.Dispose();
        _node.Dispose();
    }

    private Task<HttpResponseMessage> SendAsync(HttpClient client)
    {
        var path = OtherPaths ? Paths.Of(_number++) : Paths.Of(0);
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (HasHeader)
            request.Headers.TryAddWithoutValidation("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private sealed class Wire : HttpMessageHandler
    {
        private readonly Task<HttpResponseMessage> _answer = Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var address = request.RequestUri!;
            if (address.IdnHost.Length + address.Port + address.PathAndQuery.Length == 0)
                throw new InvalidOperationException("Read, so that it is made.");
            return _answer;
        }
    }
}
