using Gossip.Discovery;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Statistics;

namespace Gossip.Benchmarks.Micro;

/// <summary>A node that knows as many members as are told to it by packets, one instance each, and what its shell makes of them.</summary>
internal sealed class ToldNode : IOutbox, IDisposable
{
    private readonly Envelope _envelope = new("default", new Keyring(), new Randomness(1).Fill, new Freshness(0, Instant.Start));
    private readonly byte[] _frame = new byte[Limits.DatagramSize];
    private readonly DeltaEntry[] _entry = new DeltaEntry[1];
    private readonly Node _node = new(Examples.Options(), new Randomness(1), Instant.Start);
    private readonly SnapshotFeed _feed;
    private readonly SnapshotBuilder _builder;

    public ToldNode(int members, Func<int, ServiceRecord> record, CallMeter? calls = null)
    {
        _feed = new SnapshotFeed { BalancingClock = new BalancingClock(TimeProvider.System) { Calls = calls } };
        for (var i = 0; i < members; i++)
            Tell(i, record(i), Examples.Payload(record(i)), 1);
        _builder = new SnapshotBuilder(_node, new NodeClock(TimeProvider.System), _feed.BalancingClock);
        Discovery = new ServiceDiscovery(new Sources(_feed, StaticServices.None, TimeProvider.System), _ => InstanceSelectors.PowerOfTwoChoices());
        Publish();
        if (Discovery.Current.Services.Sum(service => Discovery.Current.GetAllInstances(service).Count) != members)
            throw new InvalidOperationException("The node did not take the records in.");
    }

    public ServiceDiscovery Discovery { get; }

    /// <summary>A record comes in by a packet.</summary>
    public void Tell(int number, ServiceRecord record, byte[] payload, ulong version)
    {
        var writer = new PacketWriter(_frame.AsSpan(_envelope.HeadSize));
        if (version == 1)
            writer.TryMessage(Examples.Alive(number));
        _entry[0] = new DeltaEntry(record.InstanceId, version, payload, RecordHead.Of(record));
        writer.TryDelta(Examples.Id(number), version - 1, version, 0, _entry);
        var length = _envelope.Close(_frame, writer.Length, Instant.Start);
        _node.Receive(Instant.Start, Examples.Address(number), _frame.AsSpan(0, length), Delivery.Datagram, this);
    }

    public long Publish()
    {
        var snapshot = _builder.Build();
        _feed.Publish(snapshot);
        return snapshot.Revision;
    }

    public void Dispose() => _node.Dispose();

    void IOutbox.Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
    }

    void IOutbox.Publish(in ClusterEvent happened)
    {
    }
}
