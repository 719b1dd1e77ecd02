using System.Runtime.InteropServices;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// What is between the nodes: loss, delay, duplication, partitions. Datagrams suffer all of it; streams are reliable, suffer delay, and
/// fail across a partition.
/// </summary>
internal sealed partial class Network
{
    private static readonly TimeSpan StreamTimeout = TimeSpan.FromSeconds(1);

    private readonly World _world;
    private readonly Randomness _randomness;
    private readonly Recording _recording;

    /// <summary>When the last frame arrives that one node has sent another by stream.</summary>
    private readonly Dictionary<(SimulatedNode From, SimulatedNode To), TimeSpan> _lastFrames = [];

    private readonly Dictionary<PeerAddress, SimulatedNode> _byAddress = [];
    private readonly Dictionary<SimulatedNode, int> _side = [];

    internal Network(World world, Randomness randomness)
    {
        _world = world;
        _randomness = randomness;
        _recording = new Recording(randomness);
    }

    /// <summary>What every way through the network does to datagrams.</summary>
    public LinkFaults Faults { get; set; } = LinkFaults.None;

    /// <summary>The share of datagrams that are lost, 0 to 1.</summary>
    public double Loss
    {
        get => Faults.Loss;
        set => Faults = Faults with { Loss = value };
    }

    /// <summary>The share of datagrams that arrive twice, 0 to 1.</summary>
    public double Duplication
    {
        get => Faults.Duplication;
        set => Faults = Faults with { Duplication = value };
    }

    /// <summary>Whether streams are blocked, as by a firewall that lets only datagrams through: opening one times out.</summary>
    public bool BlocksStreams { get; set; }

    /// <summary>The shortest way from one node to another. Datagrams overtake each other when the longest differs.</summary>
    public TimeSpan ShortestDelay
    {
        get => Faults.ShortestDelay;
        set => Faults = Faults with { ShortestDelay = value };
    }

    /// <summary>The longest way from one node to another.</summary>
    public TimeSpan LongestDelay
    {
        get => Faults.LongestDelay;
        set => Faults = Faults with { LongestDelay = value };
    }

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

    /// <summary>
    /// Splits the network: nodes of different groups do not reach each other. A node that is in no group forms one of its own.
    /// </summary>
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
    public void Cut(SimulatedNode from, SimulatedNode to) => LinkOf(from, to).IsCut = true;

    /// <summary>Ends all partitions and cuts, and faults of single links and nodes; faults of the whole network stay.</summary>
    public void Heal()
    {
        _side.Clear();
        _links.Clear();
        foreach (var node in _world.Nodes)
            (node.Outgoing, node.Incoming) = (null, null);
    }

    /// <inheritdoc/>
    public override string ToString() => Faults.ToString();

    internal void Attach(SimulatedNode node) => _byAddress[node.Address] = node;

    internal void Detach(SimulatedNode node)
    {
        if (_byAddress.GetValueOrDefault(node.Address) == node)
            _byAddress.Remove(node.Address);
    }

    internal void Send(SimulatedNode from, PeerAddress to, ReadOnlySpan<byte> packet, Delivery delivery)
    {
        Tap?.Invoke(from, to, delivery, packet.ToArray());
        var target = _byAddress.GetValueOrDefault(to);
        if (delivery == Delivery.Stream)
            SendFrame(from, to, target, packet);
        else
            SendDatagram(from, target, packet);
    }

    /// <summary>Delivers bytes that no node sent, as if from an address.</summary>
    internal void Inject(PeerAddress from, SimulatedNode target, ReadOnlySpan<byte> packet, Delivery delivery = Delivery.Datagram)
    {
        var kind = delivery == Delivery.Stream ? WorldEventKind.Stream : WorldEventKind.Datagram;
        _world.Schedule(_world.Now + Delay(), target, kind, _world.Wrap(from, packet));
    }

    private void SendDatagram(SimulatedNode from, SimulatedNode? target, ReadOnlySpan<byte> bytes)
    {
        Datagrams++;
        DatagramBytes += bytes.Length;
        LargestDatagram = Math.Max(LargestDatagram, bytes.Length);
        if (target is null || !Reaches(from, target))
            return;
        var copies = Faults.Duplication > 0 && _randomness.Chance(Faults.Duplication) ? 2 : 1;
        for (var copy = 0; copy < copies; copy++)
        {
            if (ComesThrough(from, target, bytes.Length, Delivery.Datagram))
                Bring(from, target, bytes);
        }

        if (Faults.Replay > 0)
            Replay(from, target, bytes);
    }

    private void Bring(SimulatedNode from, SimulatedNode target, ReadOnlySpan<byte> bytes)
    {
        var parcel = _world.Wrap(from.Address, bytes);
        if (Faults.Corruption > 0 && _randomness.Chance(Faults.Corruption))
            Corrupt(parcel);
        var at = _world.Now + Delay(from, target) + Lateness();
        _world.Schedule(NotBeforeUnclogged(from, target, at), target, WorldEventKind.Datagram, parcel);
    }

    private void SendFrame(SimulatedNode from, PeerAddress to, SimulatedNode? target, ReadOnlySpan<byte> bytes)
    {
        Frames++;
        var there = _world.Now + Delay(from, target);
        var fails = BlocksStreams || target is null || target.IsUnreachable || !Reaches(from, target) || !Reaches(target, from);
        if (fails || !Connects(from, target!))
            _world.Schedule(_world.Now + StreamTimeout, from, WorldEventKind.StreamTimedOut, _world.Wrap(to, []), from.Life);
        else if (!target!.IsRunning)
            _world.Schedule(there + Delay(from, target), from, WorldEventKind.StreamRefused, _world.Wrap(to, []), from.Life);
        else
            _world.Schedule(
                InOrder(from, target, NotBeforeUnclogged(from, target, there + Repetitions(from, target))), target,
                WorldEventKind.Stream, _world.Wrap(from.Address, bytes));
    }

    /// <summary>
    /// What goes from one node to another by stream arrives in the order in which it was sent, however long each frame takes.
    /// </summary>
    private TimeSpan InOrder(SimulatedNode from, SimulatedNode to, TimeSpan at)
    {
        ref var last = ref CollectionsMarshal.GetValueRefOrAddDefault(_lastFrames, (from, to), out _);
        return last = at < last ? last : at;
    }

    private bool Reaches(SimulatedNode from, SimulatedNode to) =>
        (_side.Count == 0 || _side.GetValueOrDefault(from) == _side.GetValueOrDefault(to)) && (_links.Count == 0 || !IsCut(from, to));

    private TimeSpan Delay(SimulatedNode from, SimulatedNode? to) => Delay() + from.Distance + (to?.Distance ?? TimeSpan.Zero);

    private TimeSpan Delay() => _randomness.Between(Faults.ShortestDelay, Faults.LongestDelay);
}
