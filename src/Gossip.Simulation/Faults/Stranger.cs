using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>
/// Someone outside who sends what nobody should: forged senders, claims at the end of the numbers, huge metadata, questions whose answers
/// are larger. Counts what it is sent, for an answer must not be larger than its question.
/// </summary>
internal sealed class Stranger
{
    private readonly World _world;
    private readonly Randomness _randomness;
    private readonly PeerAddress _address;

    public Stranger(World world, Randomness randomness)
    {
        _world = world;
        _randomness = randomness;
        _address = world.Nodes[0].Address.WithPort(666);
        world.Network.Tap = (_, to, delivery, bytes) =>
        {
            if (to == _address && delivery == Delivery.Datagram)
                BytesReceived += bytes.Length;
        };
    }

    public long BytesSent { get; private set; }

    public long BytesReceived { get; private set; }

    /// <summary>Sends one hostile packet to a node.</summary>
    public void Strike(SimulatedNode target)
    {
        var victim = _world.Nodes[_randomness.Below(_world.Nodes.Count)];
        switch (_randomness.Below(6))
        {
            case 0:
                Send(target, Wire.Message(5UL, victim.Node.Self.Id.Value, ulong.MaxValue, Wire.Address(_address), "forged", "", 1UL));
                break;
            case 1:
                Send(target, Wire.Message(7UL, victim.Node.Self.Id.Value, Limits.Incarnation, victim.Node.Self.Id.Value, 1UL));
                break;
            case 2:
                Send(target, Wire.Message(5UL, 7UL, 9UL, Wire.Address(_address), new string('x', 900), "", 1UL));
                break;
            case 3:
                Send(target, Wire.Message(12UL, "what"), Wire.Message(11UL, 0UL, 0UL, Array.Empty<byte>()));
                break;
            case 4:
                Send(target, Wire.Message(1UL, 4UL, victim.Node.Self.Id.Value, 0UL, 1UL), Wire.Message(3UL, 4UL, victim.Node.Self.Id.Value, 5UL, Wire.Address(victim.Address)));
                break;
            default:
                var noise = new byte[_randomness.Below(Limits.DatagramSize)];
                foreach (ref var one in noise.AsSpan())
                    one = (byte)_randomness.Next();
                Bring(target, noise);
                break;
        }
    }

    private void Send(SimulatedNode target, params ReadOnlySpan<byte[]> messages)
    {
        var body = new List<byte>();
        foreach (var message in messages)
            body.AddRange(message);
        Bring(target, Wire.Frame(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(body)));
    }

    private void Bring(SimulatedNode target, byte[] packet)
    {
        BytesSent += packet.Length;
        _world.Network.Inject(_address, target, packet);
    }
}
