using BenchmarkDotNet.Attributes;
using Gossip.Discovery;

namespace Gossip.Benchmarks.Micro;

/// <summary>What each selector takes for a choice among the instances of one service, which all have a call in flight.</summary>
public class SelectorBenchmarks
{
    private readonly CallContext _call = new() { Key = "customer-4711" };
    private readonly List<InstanceCall> _underWay = [];
    private ToldNode _node = null!;
    private ServiceView _view = null!;

    [Params(10, 1_000)]
    public int Instances { get; set; }

    [Params("p2c", "round-robin", "random", "least-loaded", "consistent-hash", "zone-first", "subset")]
    public string Policy { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        _node = new ToldNode(Instances, number => Examples.Record(number) with { Service = "payments", Zone = $"{(char)('a' + (number % 2))}" });
        _view = _node.Discovery.Open(new ServiceQuery("payments"), Selector());
        foreach (var instance in _view.Instances)
        {
            instance.Begin().Complete(CallOutcome.Answered);
            _underWay.Add(instance.Begin());
        }
    }

    [Benchmark]
    public ServiceInstance Pick() => _view.Pick(_call);

    [GlobalCleanup]
    public void Cleanup()
    {
        _underWay.ForEach(call => call.Dispose());
        _node.Dispose();
    }

    private IInstanceSelector Selector() => Policy switch
    {
        "zone-first" => InstanceSelectors.ZoneFirst("a"),
        "subset" => InstanceSelectors.Subset("me", 10),
        _ => new GossipBalancingOptions().FindPolicy(Policy)!(),
    };
}
