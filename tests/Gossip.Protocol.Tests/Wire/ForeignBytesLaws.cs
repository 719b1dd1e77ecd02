using Gossip.Simulation;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>Inputs that nobody meant to send, a million of them at night. Whatever they are, nothing throws, and nothing grows beyond its limit.</summary>
public sealed class ForeignBytesLaws
{
    private static readonly int Readings = Nightly.Times(150_000, 1_000_000);
    private static readonly int Receipts = Nightly.Times(40_000, 200_000);

    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(value => (byte)value)];
    private static readonly byte[] Codes = [0x00, 0x01, 0x7F, 0x90, 0x92, 0x95, 0x97, 0x9F, 0xA0, 0xC0, 0xC1, 0xC4, 0xC6, 0xCC, 0xCF, 0xDC, 0xDD, 0xDF, 0xFF];

    private readonly Xunit.Abstractions.ITestOutputHelper _output;

    public ForeignBytesLaws(Xunit.Abstractions.ITestOutputHelper output) => _output = output;

    [Fact]
    public void Readers_survive_whatever_they_are_given() => Run(nameof(Readers_survive_whatever_they_are_given), (randomness, bodies) =>
    {
        using var clear = new Envelope("default", default, new Randomness(1));
        using var secret = new Envelope("default", Key, new Randomness(1));
        var sealedFrames = bodies.Take(20).Select(body => Foreign.FrameOf(secret, body)).ToArray();
        for (var i = 0; i < Readings; i++)
        {
            var body = Mutated(randomness, bodies);
            ReadAll(body);
            clear.TryOpen(body, out _, out _);
            clear.TryOpen(i % 2 == 0 ? Foreign.FrameOf(clear, body) : Mutated(randomness, sealedFrames), out _, out _);
            if (i % 20 == 0)
                secret.TryOpen(Mutated(randomness, sealedFrames), out _, out _);
        }
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_node_survives_whatever_it_is_sent(bool isSealed) => Run(nameof(A_node_survives_whatever_it_is_sent), (randomness, bodies) =>
    {
        var options = Sample.Options() with { Key = isSealed ? Key : null, MaxMembers = 50 };
        using var envelope = new Envelope(options.Cluster, options.Key, new Randomness(1));
        using var node = new Node(options, new Randomness(randomness.Next()), Instant.Start);
        var outbox = new Counted();
        var peers = Enumerable.Range(0, 8).Select(Peer).ToArray();
        var now = Instant.Start;
        var loads = 0;
        for (var i = 0; i < Receipts; i++)
        {
            var body = Mutated(randomness, bodies);
            var frame = randomness.Chance(0.95) ? Foreign.FrameOf(envelope, body) : body;
            var before = (Drops(node), node.Digest, node.Members.Count);
            node.Receive(now, peers[randomness.Below(peers.Length)], frame, randomness.Chance(0.5) ? Delivery.Datagram : Delivery.Stream, outbox);
            if (IsBroken(body))
                Assert.True(Drops(node) > before.Item1, $"Nothing was counted for {Convert.ToHexString(body)}.");
            now += TimeSpan.FromMilliseconds(randomness.Below(20));
            if (node.NextDeadline <= now)
                node.Tick(now, outbox);
            loads = Math.Max(loads, node.Sizes.Single(size => size.What == "loads").Count);
            if (i % 1000 == 0)
                AssertWithinLimits(node);
        }

        AssertWithinLimits(node);
        Assert.True(node.Members.Count > 5 && loads > 0, "The inputs are too far off to be a test.");
    });

    private static PeerAddress Peer(int index) => PeerAddress.From(new System.Net.IPAddress([10, 0, 0, (byte)index]), 7390);

    private static long Drops(Node node) => Enum.GetValues<DropReason>().Sum(node.Counters.Dropped);

    /// <summary>Whether a body is no sequence of whole values.</summary>
    private static bool IsBroken(byte[] body)
    {
        var reader = new MessagePackReader(body);
        while (!reader.IsAtEnd)
        {
            if (!reader.TrySkip(out _))
                return true;
        }

        return false;
    }

    private static void AssertWithinLimits(Node node)
    {
        Assert.InRange(node.Members.Count, 1, node.Options.MaxMembers);
        Assert.InRange(node.LocalHealth, 0, node.Options.LocalHealthLimit);
        Assert.All(node.Sizes, size => Assert.True(size.IsBounded, size.ToString()));
        foreach (var member in node.Members)
        {
            Assert.InRange(member.Claim.Incarnation.Value, 1UL, Limits.Incarnation - 1);
            Assert.InRange(member.Records.Count, 0, Limits.RecordsPerOwner);
        }
    }

    private static void ReadAll(byte[] body)
    {
        var reader = new PacketReader(body);
        while (reader.TryNext(out var type, out var message))
            Read(type, message);
        Read((MessageType)(1 + (body.Length % 14)), body);
    }

    private static void Read(MessageType type, ReadOnlySpan<byte> message)
    {
        _ = type switch
        {
            MessageType.Ping => PacketReader.TryPing(message, out _),
            MessageType.Ack => PacketReader.TryAck(message, out _),
            MessageType.PingRequest => PacketReader.TryPingRequest(message, out _),
            MessageType.Nack => PacketReader.TryNack(message, out _),
            MessageType.Alive => PacketReader.TryAlive(message, out _),
            MessageType.Suspect or MessageType.Dead or MessageType.Left => PacketReader.TryAccusation(type, message, out _),
            MessageType.Delta => PacketReader.TryDelta(message, out _),
            MessageType.Summary => PacketReader.TrySummary(message, out _),
            MessageType.Digest => PacketReader.TryDigest(message, out _),
            MessageType.Want => PacketReader.TryWant(message, out _),
            MessageType.Loads => PacketReader.TryLoads(message, []),
            _ => PacketReader.TryNotice(message, out _, out _),
        };
    }

    private void Run(string test, Action<Randomness, byte[][]> body)
    {
        _output.WriteLine($"GOSSIP_SEED={Property.Seed}");
        Property.Repeatable(() => body(new Randomness(Property.Seed), Captured()), test);
    }

    /// <summary>The bodies that a small cluster with services, a crash and a goodbye sends.</summary>
    private static byte[][] Captured()
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

    /// <summary>Random bytes now and then; mostly a body with a few bytes changed, cut out, doubled, or taken from another.</summary>
    private static byte[] Mutated(Randomness randomness, byte[][] bodies)
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
}
