using BenchmarkDotNet.Attributes;
using Gossip.Discovery;

namespace Gossip.Benchmarks.Micro;

/// <summary>What a caller pays for a look, and for a choice.</summary>
public class LookupBenchmarks
{
    private const string Service = "service-3";

    private readonly List<InstanceCall> _underWay = [];
    private ToldNode _node = null!;
    private ServiceDiscovery _discovery = null!;
    private ServiceView _view = null!;
    private ServiceView _busy = null!;

    /// <summary>Over how many services 10,000 instances are spread.</summary>
    [Params(8, 1_000)]
    public int Services { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _node = new ToldNode(10_000, number => Examples.Record(number) with { Service = $"service-{number % Services}" });
        _discovery = _node.Discovery;
        _view = _discovery.Open(new ServiceQuery(Service));
        _busy = _discovery.Open(new ServiceQuery("service-5"));
        foreach (var instance in _busy.Instances)
        {
            instance.Begin().Complete(CallOutcome.Answered);
            _underWay.Add(instance.Begin());
        }
    }

    [Benchmark]
    public int InstancesByName() => _discovery.GetInstances(Service).Count;

    [Benchmark]
    public IReadOnlyList<ServiceInstance> InstancesOfView() => _view.Instances;

    [Benchmark]
    public ServiceInstance PickOfView() => _view.Pick();

    /// <summary>Every instance has answered, and has a call in flight.</summary>
    [Benchmark]
    public ServiceInstance PickOfBusyView() => _busy.Pick();

    [Benchmark]
    public ServiceInstance PickByName() => _discovery.Pick(Service);

    /// <summary>The whole of what a call costs besides itself.</summary>
    [Benchmark]
    public void PickAndTell() => _view.Pick().Begin().Complete(CallOutcome.Answered);

    [GlobalCleanup]
    public void Cleanup()
    {
        _underWay.ForEach(call => call.Dispose());
        _node.Dispose();
    }
}
