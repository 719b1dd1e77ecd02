using System.Net;
using Gossip.Protocol;
using Gossip.Snapshots;

namespace Gossip.Tests.Discovery;

/// <summary>Discovery over a real node's snapshots, with a clock that the test moves: no sockets, no loop.</summary>
internal sealed class TestRegistry : IOutbox, IDisposable
{
    private readonly NodeClock _clock;
    private readonly Node _node;
    private readonly SnapshotBuilder _builder;

    public TestRegistry()
    {
        Feed = new SnapshotFeed { Logger = Log.CreateLogger("") };
        _clock = new NodeClock(Time);
        _node = new Node(
            new NodeOptions { SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill, Id = new MemberId(1), Incarnation = new Incarnation(1), Name = "n", Zone = "z1", Address = PeerAddress.From(IPAddress.Loopback, 1) },
            new Randomness(1),
            _clock.Now);
        _builder = new SnapshotBuilder(_node, _clock, Feed.BalancingClock);
        Discovery = TestDiscovery.Over(Feed, Time, Log.CreateLogger(""));
    }

    public ManualTime Time { get; } = new();

    public TestLog Log { get; } = new();

    public SnapshotFeed Feed { get; }

    public Gossip.Discovery.ServiceDiscovery Discovery { get; }

    public void Publish(string id, string service = "shop", ServiceState state = ServiceState.Ready, int weight = 100, string[]? tags = null) =>
        Publish(new ServiceRecord { InstanceId = id, Service = service, State = state, Weight = weight, Tags = tags ?? [] });

    public void Publish(params ServiceRecord[] records)
    {
        foreach (var record in records)
            _node.Register(_clock.Now, record, this);
        Feed.Publish(_builder.Build());
    }

    public void Remove(string id)
    {
        _node.Deregister(_clock.Now, id, this);
        Feed.Publish(_builder.Build());
    }

    public void Dispose()
    {
        _node.Dispose();
        Log.Dispose();
    }

    void IOutbox.Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
    }

    void IOutbox.Publish(in ClusterEvent happened)
    {
    }
}
