using BenchmarkDotNet.Attributes;
using Gossip.Discovery;

namespace Gossip.Benchmarks.Micro;

/// <summary>What a caller pays for a look.</summary>
public class LookupBenchmarks
{
    private ToldNode _node = null!;
    private ServiceDiscovery _discovery = null!;

    [Params(8, 10_000)]
    public int Services { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _node = new ToldNode(10_000, number => Examples.Record(number) with { Service = $"service-{number % Services}" });
        _discovery = _node.Discovery;
    }

    [Benchmark]
    public int GetInstances() => _discovery.GetInstances("service-3").Count;

    [Benchmark]
    public ServiceInstance? Pick() => _discovery.Pick("service-3");

    [GlobalCleanup]
    public void Cleanup() => _node.Dispose();
}
