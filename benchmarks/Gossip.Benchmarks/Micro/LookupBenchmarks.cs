using BenchmarkDotNet.Attributes;
using Gossip.Protocol;
using Gossip.Snapshots;

namespace Gossip.Benchmarks.Micro;

/// <summary>What a caller pays for a look, and what the loop pays for a change.</summary>
public class LookupBenchmarks : IOutbox
{
    private readonly SnapshotFeed _feed = new();
    private readonly Envelope _envelope = new("default", default, new Randomness(1));
    private readonly byte[] _frame = new byte[Limits.DatagramSize];
    private readonly DeltaEntry[] _change = new DeltaEntry[1];
    private readonly ServiceRecord[] _records = [Examples.Record(3, "even"), Examples.Record(3, "odd")];
    private byte[][] _payloads = [];
    private ServiceDiscovery _discovery = null!;
    private SnapshotBuilder _builder = null!;
    private Node _node = null!;
    private int _revision;

    [Params(1000, 10_000)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _node = new Node(Examples.Options(), new Randomness(1), Instant.Start);
        for (var i = 0; i < Count; i++)
            Tell(i, Examples.Record(i), Examples.Payload(Examples.Record(i)), 1);
        _payloads = [Examples.Payload(_records[0]), Examples.Payload(_records[1])];
        _builder = new SnapshotBuilder(_node, new NodeClock(TimeProvider.System));
        _discovery = new ServiceDiscovery(_feed);
        _feed.Publish(_builder.Build());
        if (_discovery.Current.GetAllInstances("service-3").Count != Count / 8)
            throw new InvalidOperationException("The node did not take the records in.");
    }

    [Benchmark]
    public int GetInstances() => _discovery.GetInstances("service-3").Count;

    [Benchmark]
    public ServiceInstance? Pick() => _discovery.Pick("service-3");

    /// <summary>One record comes in by a packet, and the next snapshot is made and published.</summary>
    [Benchmark]
    public long ChangeOneAndRebuild()
    {
        _revision++;
        Tell(3, _records[_revision % 2], _payloads[_revision % 2], (ulong)_revision + 1);
        var snapshot = _builder.Build();
        _feed.Publish(snapshot);
        return snapshot.Revision;
    }

    void IOutbox.Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
    }

    void IOutbox.Publish(in ClusterEvent happened)
    {
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _node.Dispose();
        _envelope.Dispose();
    }

    private void Tell(int number, ServiceRecord record, byte[] payload, ulong version)
    {
        var writer = new PacketWriter(_frame.AsSpan(_envelope.HeadSize));
        if (version == 1)
            writer.TryMessage(Examples.Alive(number));
        _change[0] = new DeltaEntry(record.InstanceId, version, payload, record);
        writer.TryDelta(Examples.Id(number), version - 1, version, 0, _change);
        var length = _envelope.Close(_frame, writer.Length);
        _node.Receive(Instant.Start, Examples.Address(number), _frame.AsSpan(0, length), Delivery.Datagram, this);
    }
}
