using FsCheck.Xunit;

namespace Gossip.Protocol.Tests.Wire;

/// <summary>Inputs that nobody meant to send, a million of them at night. Whatever they are, nothing throws, and nothing grows beyond its limit.</summary>
[Properties(Arbitrary = [typeof(AlteredBodies)])]
public sealed class ForeignBytesLaws
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(value => (byte)value)];

    private readonly Envelope _clear = Envelopes.Make("default", default, 1);
    private readonly Envelope _secret = Envelopes.Make("default", Key, 1);
    private readonly byte[][] _sealedFrames;

    public ForeignBytesLaws() => _sealedFrames = [.. AlteredBodies.Captured.Take(20).Select(body => Foreign.FrameOf(_secret, body))];

    [Law(15_000, 1_000_000)]
    internal void Readers_survive_whatever_they_are_given(ForeignBytes body, Seed frame)
    {
        var sealedFrame = AlteredBodies.One(new Randomness(frame.Value), _sealedFrames);
        ReadAll(body.Bytes);
        _clear.TryOpen(body.Bytes, out _, out _);
        _clear.TryOpen(Foreign.FrameOf(_clear, body.Bytes), out _, out _);
        _clear.TryOpen(sealedFrame, out _, out _);
        _secret.TryOpen(sealedFrame, out _, out _);
    }

    /// <summary>Each step of a long life is the seed of a packet and of who sent it. It shrinks to the packets that matter.</summary>
    [Law(1, 10, StartSize = 20_000, EndSize = 20_000)]
    internal void A_node_survives_whatever_it_is_sent_in_the_clear(Script script) => Survive(script, isSealed: false);

    [Law(1, 10, StartSize = 20_000, EndSize = 20_000)]
    internal void A_node_survives_whatever_it_is_sent_under_its_key(Script script) => Survive(script, isSealed: true);

    private static void Survive(Script script, bool isSealed)
    {
        // Of the same time as the nodes of the simulator whose packets are altered: those from far ahead are not believed on hearsay.
        var options = Sample.Options() with
        {
            Key = isSealed ? Key : null, MaxMembers = 50, Incarnation = new Incarnation(1_700_086_400_000_000),
        };
        var freshness = new Freshness(options.Incarnation.ToSeconds(), Instant.Start);
        var envelope = new Envelope(options.Cluster, new Keyring(options.Key), new Randomness(1).Fill, freshness);
        using var node = new Node(options, new Randomness(2), Instant.Start);
        var outbox = new Counted();
        var now = Instant.Start;
        var (receipts, loads) = (0, 0);
        foreach (var step in script.Steps)
        {
            var randomness = new Randomness((ulong)step);
            var body = AlteredBodies.One(randomness, AlteredBodies.Captured);
            var frame = randomness.Chance(0.95) ? Foreign.FrameOf(envelope, body, now) : body;
            var before = Drops(node);
            node.Receive(now, Peer(randomness.Below(8)), frame, randomness.Chance(0.5) ? Delivery.Datagram : Delivery.Stream, outbox);
            if (IsBroken(body))
                Assert.True(Drops(node) > before, $"Nothing was counted for {Convert.ToHexString(body)}.");
            now += TimeSpan.FromMilliseconds(randomness.Below(20));
            if (node.NextDeadline <= now)
                node.Tick(now, outbox);
            loads = Math.Max(loads, node.Sizes.Single(size => size.What == "loads").Count);
            if (receipts++ % 1000 == 0)
                AssertWithinLimits(node);
        }

        AssertWithinLimits(node);
        Assert.True(receipts < 10_000 || (node.Members.Count > 5 && loads > 0), "The inputs are too far off to be a test.");
    }

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
            MessageType.Nack => PacketReader.TryNack(message, out _, out _),
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
}
