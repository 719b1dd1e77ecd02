using System.Runtime.InteropServices;
using Gossip.Protocol;

namespace Gossip.Simulation;

/// <summary>One hostile packet.</summary>
/// <param name="Kind">What it is, for a report.</param>
/// <param name="Packet">Its bytes.</param>
/// <param name="IsBroken">Whether every node must drop it, or a part of it.</param>
/// <param name="MakesMember">Whether a node that believes it then holds its sender for a member, and sends it what members are
/// sent.</param>
internal readonly record struct Forgery(string Kind, byte[] Packet, bool IsBroken, bool MakesMember);

/// <summary>
/// The packets of a <see cref="Stranger"/>. Some break the grammar. The others keep it, and say of members what only those may say: a
/// cluster without a key cannot tell them from true ones.
/// </summary>
internal sealed class Forgeries(World world, Randomness randomness)
{
    private ulong _ghosts;

    /// <summary>A packet against a victim, for a target to receive.</summary>
    public Forgery Draw(SimulatedNode target, SimulatedNode victim, PeerAddress own, bool mayJoin)
    {
        var (id, incarnation) = (victim.Node.Self.Id.Value, victim.Node.Self.Claim.Incarnation.Value);
        return (mayJoin ? 13 + randomness.Below(3) : randomness.Below(13)) switch
        {
            0 => Broken("an incarnation beyond the limit", Wire.Message(5UL, id, ulong.MaxValue, Wire.Address(own), "forged", "", 1UL)),
            1 => Broken("a death beyond the limit", Accusation(7, id, Limits.Incarnation, id)),
            2 => Broken("a huge name", Wire.Message(5UL, 7UL, 9UL, Wire.Address(own), new string('x', 900), "", 1UL)),
            3 => Broken("a want of a text", Wire.Message(12UL, "what"), Wire.Message(11UL, 0UL, 0UL, Array.Empty<byte>())),
            4 => Noise(),
            5 => Kept("a ping and a request to ping",
                Wire.Message(1UL, 4UL, 9UL, id, 0UL, 1UL), Wire.Message(3UL, 4UL, 9UL, id, 5UL, Wire.Address(victim.Address))),
            6 => Kept("an accusation", Accusation(6 + randomness.Below(2), id, incarnation, AnyId())),
            7 => Kept("an accusation of a later life",
                Accusation(6 + randomness.Below(2), id, incarnation + 1 + (ulong)randomness.Below(5), AnyId())),
            8 => Kept("a goodbye", Wire.Message(8UL, id, incarnation)),
            9 => Kept("records", Records(target, victim)),
            10 => Kept("a notice", Wire.Message(13UL, id, victim.Node.Self.RecordsVersion + 500)),
            11 => Kept("an ack", Wire.Message(
                2UL, (ulong)randomness.Below(ushort.MaxValue), 9UL, (ulong)victim.Node.Self.Id.Tag, 1UL, 0UL)),
            12 => Kept("a question", Question()),
            13 => Kept("a profile of a later life", Alive(id, incarnation + 1, victim.Address)),
            14 => Joining("a newcomer", Newcomer(own)),
            _ => Joining("a profile with the stranger's address", Alive(id, incarnation + 1, own)),
        };
    }

    private static Forgery Broken(string kind, params ReadOnlySpan<byte[]> messages) =>
        new(kind, Frame(messages), IsBroken: true, MakesMember: false);

    private static Forgery Kept(string kind, params ReadOnlySpan<byte[]> messages) =>
        new(kind, Frame(messages), IsBroken: false, MakesMember: false);

    private static Forgery Joining(string kind, params ReadOnlySpan<byte[]> messages) =>
        new(kind, Frame(messages), IsBroken: false, MakesMember: true);

    private static byte[] Frame(ReadOnlySpan<byte[]> messages)
    {
        var body = new List<byte>();
        foreach (var message in messages)
            body.AddRange(message);
        return Wire.Frame(CollectionsMarshal.AsSpan(body));
    }

    private static byte[] Alive(ulong id, ulong incarnation, PeerAddress address) =>
        Wire.Message(5UL, id, incarnation, Wire.Address(address), "forged", "", 1UL);

    private byte[] Accusation(int type, ulong id, ulong incarnation, ulong accuser) => Wire.Message(
        (ulong)type, id, incarnation, accuser, (ulong)(1 + randomness.Below(4)), (ulong)randomness.Below(9), (ulong)randomness.Below(1000));

    private ulong AnyId() => world.Nodes[randomness.Below(world.Nodes.Count)].Node.Self.Id.Value;

    /// <summary>
    /// A record that its owner never wrote, with a version above all that it wrote: so the owner hears of it and writes its own anew. A
    /// forged version that the owner later writes itself would never be noticed, and without a key nothing can be done about that.
    /// </summary>
    private byte[] Records(SimulatedNode target, SimulatedNode victim)
    {
        var from = target.Node.FindMember(victim.Node.Self.Id)?.RecordsVersion ?? 0;
        var to = victim.Node.Self.RecordsVersion + 1000;
        Span<byte> buffer = stackalloc byte[256];
        RecordCodec.TryWrite(new ServiceRecord { InstanceId = "forged", Service = "orders", Version = "forged" }, buffer, out var written);
        ReadOnlyMemory<byte> record = buffer[..written].ToArray();
        return Wire.Message(9UL, victim.Node.Self.Id.Value, from, to, 0UL, new object[] { new object[] { "forged", to, record } });
    }

    /// <summary>A packet whose answer may be larger: a summary, a digest or a want.</summary>
    private byte[] Question()
    {
        var ids = world.Nodes.Select(node => node.Node.Self.Id.Value).Order().Take(40);
        return randomness.Below(3) switch
        {
            0 => Wire.Message(10UL, 0UL, 0UL, Enumerable.Range(1, 16).Select(hash => (object)(ulong)hash).ToArray()),
            1 => Wire.Message(11UL, 0UL, 0UL, Array.Empty<object>()),
            _ => Wire.Message(12UL, ids.Select(id => (object)new object[] { id, 0UL }).ToArray()),
        };
    }

    private byte[][] Newcomer(PeerAddress own)
    {
        var id = (1UL << 63) | ++_ghosts;
        byte[][] ping = [Alive(id, 5, own), Wire.Message(1UL, 4UL, 9UL, id, 0UL, 1UL)];
        return randomness.Chance(0.5) ? ping : [ping[0], Question()];
    }

    private Forgery Noise()
    {
        var noise = new byte[randomness.Below(Limits.DatagramSize)];
        foreach (ref var one in noise.AsSpan())
            one = (byte)randomness.Next();
        return new Forgery("noise", noise, IsBroken: true, MakesMember: false);
    }
}
