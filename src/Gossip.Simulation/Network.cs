using System.Globalization;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// What lies between the nodes: loss, delay, duplication, partitions. Datagrams suffer all of it; streams are reliable, suffer delay, and
/// fail across a partition.
/// </summary>
public sealed class Network
{
    private static readonly TimeSpan StreamTimeout = TimeSpan.FromSeconds(1);

    private readonly World _world;
    private readonly Randomness _randomness;
    private readonly Dictionary<PeerAddress, SimulatedNode> _byAddress = [];
    private readonly Dictionary<SimulatedNode, int> _side = [];
    private readonly HashSet<(SimulatedNode From, SimulatedNode To)> _cut = [];

    internal Network(World world, Randomness randomness)
    {
        _world = world;
        _randomness = randomness;
    }

    /// <summary>The share of datagrams that are lost, 0 to 1.</summary>
    public double Loss { get; set; }

    /// <summary>The share of datagrams that arrive twice, 0 to 1.</summary>
    public double Duplication { get; set; }

    /// <summary>Whether streams get nowhere, as behind a firewall that lets only datagrams through: opening one times out.</summary>
    public bool BlocksStreams { get; set; }

    /// <summary>The shortest way from one node to another. Datagrams overtake each other when the longest differs.</summary>
    public TimeSpan ShortestDelay { get; set; } = TimeSpan.FromMilliseconds(0.1);

    /// <summary>The longest way from one node to another.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromMilliseconds(0.5);

    /// <summary>Datagrams handed in.</summary>
    public long Datagrams { get; private set; }

    /// <summary>Bytes of the datagrams handed in.</summary>
    public long DatagramBytes { get; private set; }

    /// <summary>Frames on streams handed in.</summary>
    public long Frames { get; private set; }

    /// <summary>The largest datagram seen.</summary>
    public int LargestDatagram { get; private set; }

    /// <summary>Looks at each packet as it is sent; for captures.</summary>
    public Action<SimulatedNode, PeerAddress, Delivery, byte[]>? Tap { get; set; }

    /// <summary>Splits the network: nodes of different groups do not reach each other. Who is in no group forms one of its own.</summary>
    public void Partition(params IEnumerable<SimulatedNode>[] groups)
    {
        _side.Clear();
        for (var side = 0; side < groups.Length; side++)
        {
            foreach (var node in groups[side])
                _side[node] = side + 1;
        }
    }

    /// <summary>Cuts one direction: what <paramref name="from"/> sends no longer reaches <paramref name="to"/>.</summary>
    public void Cut(SimulatedNode from, SimulatedNode to) => _cut.Add((from, to));

    /// <summary>Ends all partitions and cuts.</summary>
    public void Heal()
    {
        _side.Clear();
        _cut.Clear();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"loss {Loss:P0}, duplication {Duplication:P0}, delay {ShortestDelay.TotalMilliseconds}–{LongestDelay.TotalMilliseconds} ms");

    internal void Attach(SimulatedNode node) => _byAddress[node.Address] = node;

    internal void Send(SimulatedNode from, PeerAddress to, ReadOnlySpan<byte> packet, Delivery delivery)
    {
        var target = _byAddress.GetValueOrDefault(to);
        var bytes = packet.ToArray();
        Tap?.Invoke(from, to, delivery, bytes);
        if (delivery == Delivery.Stream)
            SendFrame(from, to, target, bytes);
        else
            SendDatagram(from, target, bytes);
    }

    private void SendDatagram(SimulatedNode from, SimulatedNode? target, byte[] bytes)
    {
        Datagrams++;
        DatagramBytes += bytes.Length;
        LargestDatagram = Math.Max(LargestDatagram, bytes.Length);
        var copies = Duplication > 0 && _randomness.Chance(Duplication) ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            var lost = Loss > 0 && _randomness.Chance(Loss);
            if (!lost && target is not null && Reaches(from, target))
                _world.Schedule(_world.Now + Delay(), target, WorldEventKind.Datagram, new Parcel(from.Address, bytes));
        }
    }

    private void SendFrame(SimulatedNode from, PeerAddress to, SimulatedNode? target, byte[] bytes)
    {
        Frames++;
        var there = _world.Now + Delay();
        if (BlocksStreams || target is null || target.IsHostDown || !Reaches(from, target) || !Reaches(target, from))
            _world.Schedule(_world.Now + StreamTimeout, from, WorldEventKind.StreamTimedOut, new Parcel(to, []), from.Life);
        else if (!target.IsRunning)
            _world.Schedule(there + Delay(), from, WorldEventKind.StreamRefused, new Parcel(to, []), from.Life);
        else
            _world.Schedule(there, target, WorldEventKind.Stream, new Parcel(from.Address, bytes));
    }

    private bool Reaches(SimulatedNode from, SimulatedNode to) =>
        _side.GetValueOrDefault(from) == _side.GetValueOrDefault(to) && !_cut.Contains((from, to));

    private TimeSpan Delay() => _randomness.Between(ShortestDelay, LongestDelay);
}
