using Gossip.Benchmarks.Fuzzing.Mutations;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing.Lives;

/// <summary>Bodies of packets, for the readers alone: what is read is written again, and read as the same.</summary>
internal sealed class PacketLife : FuzzLife
{
    private readonly Envelope _envelope = new("default", new Keyring(), new Randomness(1).Fill, new Freshness(0, Instant.Start));
    private int _fed;
    private int _read;

    /// <summary>A body that members might send, or nearly.</summary>
    public static byte[] DrawBody(Randomness randomness, IReadOnlyList<byte[]> known)
    {
        if (randomness.Chance(0.05))
            return ByteMutation.Noise(60, randomness);
        var body = Pick(randomness, known);
        for (var changes = randomness.Below(5); changes > 0; changes--)
        {
            body = randomness.Chance(0.8)
                ? MessagePackMutation.Change(body, Pick(randomness, known), randomness)
                : ByteMutation.Change(body, Pick(randomness, known), randomness);
        }

        return body.Length > Limits.StreamFrameSize / 2 ? body[..Limits.DatagramSize] : body;
    }

    public override byte[] Draw(Randomness randomness) => DrawBody(randomness, FuzzTarget.Find("packets").Known);

    public override void Feed(ReadOnlySpan<byte> input, Randomness randomness)
    {
        _fed++;
        _envelope.TryOpen(input, out _, out _);
        var reader = new PacketReader(input);
        while (reader.TryNext(out var type, out var message))
            _read += Rewriting.IsRead(type, message) ? 1 : 0;
        // Whatever the type says, each reader may be given it.
        Rewriting.IsRead((MessageType)(1 + randomness.Below((int)MessageType.Inspected)), input);
    }

    public override void End() =>
        Demand(_read > _fed / 2, $"The inputs are too far off to be a test: {_read} messages were read of {_fed}.");

    private static byte[] Pick(Randomness randomness, IReadOnlyList<byte[]> known)
    {
        var recorded = RecordedPackets.Bodies;
        var at = randomness.Below(recorded.Count + known.Count);
        return at < recorded.Count ? recorded[at] : known[at - recorded.Count];
    }
}
