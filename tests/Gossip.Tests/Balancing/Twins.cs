using System.Net;
using Gossip.Protocol;
using Gossip.Snapshots;
using Gossip.Statistics;

namespace Gossip.Tests.Balancing;

/// <summary>Instances of one name of nodes of one name, as configurations that were copied make them.</summary>
internal sealed class Twins : IOutbox, IDisposable
{
    private readonly List<Node> _nodes = [];

    public Twins(int count) => All = [.. Enumerable.Range(1, count).Select(Make)];

    /// <summary>By the ids of their nodes.</summary>
    public ServiceInstance[] All { get; }

    public void Dispose() => _nodes.ForEach(node => node.Dispose());

    void IOutbox.Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
    }

    void IOutbox.Publish(in ClusterEvent happened)
    {
    }

    private ServiceInstance Make(int id)
    {
        var clock = new NodeClock(TimeProvider.System);
        var options = new NodeOptions
        {
            SecureRandom = System.Security.Cryptography.RandomNumberGenerator.Fill,
            Id = new MemberId((ulong)id), Incarnation = new Incarnation(1), Name = "web", Address = PeerAddress.From(IPAddress.Loopback, (ushort)id),
        };
        var node = new Node(options, new Randomness(1), clock.Now);
        _nodes.Add(node);
        node.Register(clock.Now, new ServiceRecord { InstanceId = "web", Service = "orders" }, this);
        return new SnapshotBuilder(node, clock, new BalancingClock(TimeProvider.System)).Build().GetInstances("orders")[0];
    }
}
