using System.Diagnostics.Metrics;
using BenchmarkDotNet.Attributes;
using Gossip.Statistics;

namespace Gossip.Benchmarks.Micro;

/// <summary>Two clients of the same service, one of which calls it by name, and the requests that they send.</summary>
public abstract class NamedCallSuite
{
    private const string Service = "service-3";

    private readonly Meter _meter = new("Gossip");
    private readonly MeterListener _listener = new();
    private ToldNode _node = null!;
    private double _measured;
    private int _number;

    /// <summary>Typical requests carry a header, as of tracing.</summary>
    [Params(false, true)]
    public bool HasHeader { get; set; }

    /// <summary>Whether each request has a path of its own, as one with a customer's number in it.</summary>
    [Params(false, true)]
    public bool OtherPaths { get; set; }

    /// <summary>Whether the instances' endpoints have host names: then requests need no Host header that keeps the service's.</summary>
    [Params(false, true)]
    public bool HasHostName { get; set; }

    /// <summary>Whether somebody listens to the meters of calls.</summary>
    [Params(false, true)]
    public bool IsMetered { get; set; }

    protected HttpClient Direct { get; private set; } = null!;

    protected HttpClient Named { get; private set; } = null!;

    [GlobalCleanup]
    public virtual void Cleanup()
    {
        Direct.Dispose();
        Named.Dispose();
        _node.Dispose();
        _listener.Dispose();
        _meter.Dispose();
    }

    /// <summary>Makes the clients.</summary>
    protected void Open(ServiceEndpoint endpoint, Func<HttpMessageHandler> primary)
    {
        _node = new ToldNode(16, number => Examples.Record(number) with { Endpoints = [endpoint] }, new CallMeter(_meter, "z1"));
        if (IsMetered)
            Listen();
        Direct = new HttpClient(primary()) { BaseAddress = endpoint.Uri };
        Named = new HttpClient(new GossipHttpHandler(_node.Discovery) { InnerHandler = primary() }) { BaseAddress = new Uri($"{endpoint.Scheme}://{Service}") };
    }

    /// <summary>The next request.</summary>
    /// <param name="keepsName">Whether it carries the Host header that keeps the service's name.</param>
    protected HttpRequestMessage Request(bool keepsName = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, OtherPaths ? Paths.Of(_number++) : Paths.Of(0));
        if (HasHeader)
            request.Headers.TryAddWithoutValidation("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        if (keepsName)
            request.Headers.Host = Service;
        return request;
    }

    private void Listen()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, _meter))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((_, value, _, _) => _measured += value);
        _listener.SetMeasurementEventCallback<long>((_, value, _, _) => _measured += value);
        _listener.Start();
    }

    private static class Paths
    {
        private static readonly Uri[] All = [.. Enumerable.Range(0, 1_000).Select(i => new Uri($"/customers/{i}/orders?open=true", UriKind.Relative))];

        public static Uri Of(int number) => All[number % All.Length];
    }
}
