using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// An outside peer that sends hostile packets: claims with the largest numbers, huge metadata, noise; and forgeries that keep the grammar,
/// in its own name or in a member's. Each packet is watched on its own: what answers it gets, and that a cluster with a key does not accept
/// it.
/// </summary>
internal sealed class Stranger
{
    private const int LongestAnswer = ReplyWriter.DatagramsPerReply * Limits.DatagramSize;

    private readonly World _world;
    private readonly Randomness _randomness;
    private readonly Forgeries _forgeries;
    private readonly Action<string> _report;
    private readonly Dictionary<PeerAddress, long> _credits = [];
    private (PeerAddress Address, long Bytes) _answer;
    private byte[] _overheard = [];

    /// <param name="world">Where it strikes.</param>
    /// <param name="randomness">The source of its packets.</param>
    /// <param name="report">Takes violations.</param>
    public Stranger(World world, Randomness randomness, Action<string> report)
    {
        (_world, _randomness, _report) = (world, randomness, report);
        _forgeries = new Forgeries(world, randomness);
        world.Network.Tap = Watch;
    }

    /// <summary>Packets whose grammar was kept, and that a cluster without a key therefore heard.</summary>
    public int Heard { get; private set; }

    /// <summary>Bytes that went to addresses without a node.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>Sends one hostile packet, which arrives at once, so that answers and changes can be attributed to it.</summary>
    /// <param name="target">The node that is struck; if it does not listen, nothing is sent.</param>
    /// <param name="mayJoin">Whether the packet may make its sender a member where it is believed.</param>
    public void Strike(SimulatedNode target, bool mayJoin = false)
    {
        if (!target.IsRunning || target.IsPaused)
            return;
        // Each packet has a source address of its own, so that everything sent there is an answer to this packet.
        var own = _world.Nodes[0].Address.WithPort(20_000 + _credits.Count);
        var victim = _world.Nodes[_randomness.Below(_world.Nodes.Count)];
        var isSpoofed = _randomness.Chance(0.5);
        var from = isSpoofed && victim != target ? victim.Address : own;
        var forgery = !mayJoin && _randomness.Chance(0.1) && _overheard.Length > 0
            ? Tampered()
            : _forgeries.Draw(target, victim, own, mayJoin);
        var isMember = target.Node.Members.Any(member => member.IsLive && member.Address == from);
        _credits[own] = forgery.MakesMember ? long.MaxValue : from == own ? forgery.Packet.Length : 0;
        Deliver(target, from, forgery, isMember || forgery.MakesMember ? LongestAnswer : forgery.Packet.Length);
    }

    private void Deliver(SimulatedNode target, PeerAddress from, in Forgery forgery, long most)
    {
        var node = target.Node;
        var (changes, drops, sent) = (node.TableChanges, node.Counters.Drops, node.Counters.PacketsSent);
        _answer = (from, 0);
        var packet = forgery.Packet;
        target.Do((one, now, outbox) => one.Receive(now, from, packet, Delivery.Datagram, outbox));
        var answered = _answer.Bytes;
        _answer = default;
        var dropped = node.Counters.Drops - drops;
        Heard += dropped == 0 ? 1 : 0;
        if (answered > most)
            _report($"{target} answered {forgery.Kind} of {packet.Length} bytes with {answered} bytes, more than {most}");
        if (forgery.IsBroken && dropped == 0)
            _report($"{target} did not drop {forgery.Kind}");
        if (!node.Options.Key.IsEmpty && (dropped != 1 || node.TableChanges != changes || node.Counters.PacketsSent != sent))
            _report($"{target} has a key, and took {forgery.Kind}: {dropped} drops, {node.Counters.PacketsSent - sent} packets sent");
    }

    /// <summary>A packet of a member with one bit flipped.</summary>
    private Forgery Tampered()
    {
        var packet = (byte[])_overheard.Clone();
        packet[_randomness.Below(packet.Length)] ^= (byte)(1 << _randomness.Below(8));
        return new Forgery("a packet with a flipped bit", packet, IsBroken: true, MakesMember: false);
    }

    private void Watch(SimulatedNode from, PeerAddress to, Delivery delivery, byte[] bytes)
    {
        if (delivery != Delivery.Datagram)
            return;
        if (to == _answer.Address)
            _answer.Bytes += bytes.Length;
        if (!_credits.TryGetValue(to, out var credit))
        {
            _overheard = bytes;
            return;
        }

        BytesReceived += bytes.Length;
        _credits[to] = credit == long.MaxValue ? credit : credit - bytes.Length;
        if (_credits[to] < 0)
            _report($"{from} sent {bytes.Length} bytes to a stranger, who had only {credit} left of what it sent");
    }
}
