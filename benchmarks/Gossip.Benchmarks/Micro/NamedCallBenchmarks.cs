using System.Net;
using BenchmarkDotNet.Attributes;

namespace Gossip.Benchmarks.Micro;

/// <summary>
/// What HttpClient by name adds to a call at an address. The network is left out: behind the client stands what reads of a request that
/// which a connection reads, and answers at once.
/// </summary>
public class NamedCallBenchmarks : NamedCallSuite
{
    [GlobalSetup]
    public void Prepare() => Open(new ServiceEndpoint("https", "https", HasHostName ? "api.example.org" : "10.0.0.3", 5001), () => new Wire());

    [Benchmark(Baseline = true)]
    public Task<HttpResponseMessage> AtAddress() => Direct.SendAsync(Request(), HttpCompletionOption.ResponseHeadersRead);

    [Benchmark]
    public Task<HttpResponseMessage> ByName() => Named.SendAsync(Request(), HttpCompletionOption.ResponseHeadersRead);

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
