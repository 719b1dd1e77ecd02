using System.Text;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>One update on its way: which member learned of it when, from which, and what carried it.</summary>
internal sealed class Wave
{
    private readonly World _world;
    private readonly MemberId _owner;
    private readonly TimeSpan _start;
    private readonly byte[] _mark;
    private readonly int[] _hops;
    private readonly Dictionary<PeerAddress, int> _indexes = [];
    private readonly List<(TimeSpan After, int Hops)> _learned = [];

    public Wave(World world, SimulatedNode origin)
    {
        (_world, _owner, _start) = (world, origin.Node.Self.Id, world.Now);
        // Sixteen characters that nothing else in this world contains, so that a packet shows whether it carries the update.
        var mark = $"{new Randomness(world.Seed ^ 0x3A5E).Next():x16}";
        _mark = Encoding.ASCII.GetBytes(mark);
        Record = new ServiceRecord { InstanceId = "orders-1", Service = "orders", Version = mark };
        _hops = new int[world.Nodes.Count];
        Array.Fill(_hops, -1);
        _hops[origin.Index] = 0;
        foreach (var node in world.Nodes)
            _indexes[node.Address] = node.Index;
        world.Observed = Observe;
        world.Network.Tap = Count;
    }

    /// <summary>The update.</summary>
    public ServiceRecord Record { get; }

    /// <summary>How many do not know it yet.</summary>
    public int Missing => _hops.Length - 1 - _learned.Count;

    public long Packets { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>The most hops that it took to a share of the others; members that never learned of it are left out.</summary>
    public int HopsOf(double share) => _learned.Select(one => one.Hops).Order().Take(Rank(share)).LastOrDefault();

    /// <summary>When a share of the others knew.</summary>
    public TimeSpan TimeOf(double share) => _learned.Select(one => one.After).Order().Take(Rank(share)).LastOrDefault();

    private int Rank(double share) => (int)Math.Ceiling(share * (_hops.Length - 1));

    private void Observe(SimulatedNode node, ClusterEvent happened)
    {
        if (happened.Kind != ClusterEventKind.ServicesChanged || happened.Member.Id != _owner || _hops[node.Index] >= 0
            || _world.Cause is not { } sender)
            return;
        _hops[node.Index] = 1 + Math.Max(0, _hops[_indexes[sender]]);
        _learned.Add((_world.Now - _start, _hops[node.Index]));
    }

    private void Count(SimulatedNode from, PeerAddress to, Delivery delivery, byte[] packet)
    {
        if (packet.AsSpan().IndexOf(_mark) < 0)
            return;
        Packets++;
        Bytes += packet.Length;
    }
}
