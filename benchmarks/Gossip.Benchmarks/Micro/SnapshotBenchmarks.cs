using BenchmarkDotNet.Attributes;

namespace Gossip.Benchmarks.Micro;

/// <summary>
/// What the loop pays for one change among ten thousand instances: one record comes in by a packet, and the next snapshot is made and
/// published.
/// </summary>
public class SnapshotBenchmarks
{
    private const int Instances = 10_000;
    private const int Changing = 4_321;

    private ToldNode _node = null!;
    private Written[] _values = [];
    private Written[] _states = [];
    private Written[] _names = [];
    private ulong _version = 1;

    /// <summary>Over how many services the instances are spread.</summary>
    [Params(1, 100, Instances)]
    public int Services { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _node = new ToldNode(Instances, Record);
        var one = Record(Changing);
        _values = [Written.Of(one with { Metadata = new Dictionary<string, string> { ["revision"] = "even" } }), Written.Of(one with { Metadata = new Dictionary<string, string> { ["revision"] = "odd" } })];
        _states = [Written.Of(one), Written.Of(one with { State = ServiceState.Draining })];
        _names = [Written.Of(one), Written.Of(one with { Service = "elsewhere" })];
    }

    /// <summary>One value of one record.</summary>
    [Benchmark]
    public long ChangeValue() => Change(_values);

    /// <summary>One instance goes out of use, or comes back.</summary>
    [Benchmark]
    public long ChangeState() => Change(_states);

    /// <summary>One instance moves between two services; where each service has one instance, one of them comes and one goes.</summary>
    [Benchmark]
    public long ChangeService() => Change(_names);

    [GlobalCleanup]
    public void Cleanup() => _node.Dispose();

    private long Change(Written[] states)
    {
        var (record, payload) = states[++_version % 2];
        _node.Tell(Changing, record, payload, _version);
        return _node.Publish();
    }

    private ServiceRecord Record(int number) => Examples.Record(number) with { Service = $"service-{number % Services}" };

    private sealed record Written(ServiceRecord Record, byte[] Payload)
    {
        public static Written Of(ServiceRecord record) => new(record, Examples.Payload(record));
    }
}
