using FsCheck;
using Gossip.Simulation;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>Bytes that nobody meant to send. They shrink to fewer, and to zeros.</summary>
internal sealed record ForeignBytes(byte[] Bytes)
{
    public static Arbitrary<ForeignBytes> From(Func<Randomness, byte[]> draw) =>
        Inputs.From(randomness => new ForeignBytes(draw(randomness)), Smaller);

    public override string ToString() => Convert.ToHexString(Bytes);

    private static IEnumerable<ForeignBytes> Smaller(ForeignBytes foreign) =>
        Draws.Shorter(foreign.Bytes).Concat(Zeroed(foreign.Bytes)).Select(bytes => new ForeignBytes(bytes));

    private static IEnumerable<byte[]> Zeroed(byte[] bytes) =>
        from at in Enumerable.Range(0, bytes.Length) where bytes[at] != 0 select (byte[])[.. bytes[..at], 0, .. bytes[(at + 1)..]];
}

/// <summary>Bytes at random, with a code that is awkward in front, or anywhere; fewer than forty.</summary>
internal static class AwkwardBytes
{
    /// <summary>Codes on which the package's unsigned reads throw, or which they take though signed; and those that promise much.</summary>
    private static readonly byte[] Codes =
    [
        0x7F, 0x81, 0x92, 0xA1, 0xC0, 0xC1, 0xC4, 0xC6, 0xC7, 0xC9, 0xCA, 0xCC, 0xCD, 0xCF,
        0xD0, 0xD1, 0xD2, 0xD3, 0xD4, 0xD9, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF, 0xE0, 0xFF,
    ];

    public static Arbitrary<ForeignBytes> All() => ForeignBytes.From(randomness =>
    {
        var bytes = Sample.Bytes(randomness, randomness.Below(40));
        for (var codes = randomness.Below(4); codes > 0 && bytes.Length > 0; codes--)
            bytes[randomness.Chance(0.5) ? 0 : randomness.Below(bytes.Length)] = Codes[randomness.Below(Codes.Length)];
        return bytes;
    });
}

/// <summary>Random bytes now and then; mostly a body with a few bytes changed, cut out, doubled, or taken from another.</summary>
internal static class AlteredBodies
{
    private static readonly byte[] Codes =
        [0x00, 0x01, 0x7F, 0x90, 0x92, 0x95, 0x97, 0x9F, 0xA0, 0xC0, 0xC1, 0xC4, 0xC6, 0xCC, 0xCF, 0xDC, 0xDD, 0xDF, 0xFF];

    /// <summary>The bodies that a small cluster with services, a crash and a goodbye sends.</summary>
    public static byte[][] Captured { get; } = Capture();

    public static Arbitrary<ForeignBytes> All() => ForeignBytes.From(randomness => One(randomness, Captured));

    public static byte[] One(Randomness randomness, byte[][] bodies)
    {
        if (randomness.Chance(0.1))
            return Sample.Bytes(randomness, randomness.Below(60));
        var body = bodies[randomness.Below(bodies.Length)].AsSpan().ToArray();
        for (var changes = randomness.Below(4); changes > 0 && body.Length > 2; changes--)
        {
            var at = randomness.Below(body.Length);
            switch (randomness.Below(6))
            {
                case 0:
                    body[at] = (byte)randomness.Next();
                    break;
                case 1:
                    body[at] ^= (byte)(1 << randomness.Below(8));
                    break;
                case 2:
                    body[at] = Codes[randomness.Below(Codes.Length)];
                    break;
                case 3:
                    body = body[..at];
                    break;
                case 4:
                    body = [.. body[..at], .. body[(at + 1)..]];
                    break;
                default:
                    var other = bodies[randomness.Below(bodies.Length)];
                    body = [.. body[..at], .. other.AsSpan(randomness.Below(other.Length))];
                    break;
            }
        }

        return body.Length > 2000 ? body[..2000] : body;
    }

    private static byte[][] Capture()
    {
        using var world = new World(1);
        var bodies = new Dictionary<string, byte[]>();
        world.Network.Tap = (_, _, _, packet) =>
        {
            var body = Foreign.BodyOf(packet);
            bodies.TryAdd(Convert.ToHexString(body), body);
        };
        world.AddCluster(6);
        var randomness = new Randomness(2);
        foreach (var node in world.Nodes)
            node.Register(Sample.Record(randomness, "one"));
        world.RunFor(TimeSpan.FromSeconds(1));
        foreach (var node in world.Nodes)
            node.ReportLoad(new Load(randomness.Below(500), randomness.Below(50), 50));
        world.RunFor(TimeSpan.FromSeconds(2));
        world.Nodes[4].Crash(withHost: true);
        world.Nodes[5].Leave();
        world.Nodes[1].Deregister("one");
        world.RunFor(TimeSpan.FromSeconds(20));
        return [.. bodies.Values.Where(body => body.Length < 1100).Take(400)];
    }
}
