using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing.Lives;

/// <summary>
/// The other members, as one that is fuzzed reaches them: each packet must open there, and each of its messages be read. They remember what
/// they were asked.
/// </summary>
internal sealed class PeerOutbox(Envelope envelope) : IOutbox
{
    private const int Remembered = 16;

    private readonly List<(PeerAddress Place, Ping Ping)> _questions = [];
    private readonly List<(PeerAddress Place, Inspect Asked)> _inspections = [];
    private readonly HashSet<ClusterEventKind> _happened = [];
    private PeerAddress _sender;
    private Instant _now;

    /// <summary>The last questions, and where they were asked.</summary>
    public IReadOnlyList<(PeerAddress Place, Ping Ping)> Questions => _questions;

    /// <summary>The last inspections that were asked for, and where.</summary>
    public IReadOnlyList<(PeerAddress Place, Inspect Asked)> Inspections => _inspections;

    /// <summary>What has happened at least once.</summary>
    public IReadOnlySet<ClusterEventKind> Happened => _happened;

    /// <summary>
    /// Bytes to the sender of the packet that is being received, by datagram: a stream carries none before its other end has accepted it.
    /// </summary>
    public int SentToSender { get; private set; }

    /// <summary>A packet is received.</summary>
    public void Begin(PeerAddress sender, Instant now) => (_sender, SentToSender, _now) = (sender, 0, now);

    /// <summary>An answer with the token of the question.</summary>
    public byte[] AnswerTo(in Ping ping, Randomness randomness)
    {
        var body = new byte[64];
        var writer = new PacketWriter(body);
        var digest = randomness.Chance(0.5) ? ping.Digest : (uint)randomness.Next();
        writer.TryAck(new Ack(ping.Sequence, ping.Token, ping.TargetTag, digest, (ulong)randomness.Below(3)));
        return body[..writer.Length];
    }

    public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery)
    {
        if (packet.Length > (delivery == Delivery.Datagram ? Limits.DatagramSize : Limits.StreamFrameSize))
            throw new InvalidOperationException($"A {delivery} of {packet.Length} bytes is sent.");
        if (!envelope.TryOpen(packet, out var opened, out var reason))
            throw new InvalidOperationException($"A packet is sent that no member opens: {reason}.");
        // Where one has come ahead of the others they follow, or all that they say would be stale from then on.
        envelope.Raise(opened.Second, _now);
        if (peer == _sender && delivery == Delivery.Datagram)
            SentToSender += packet.Length;
        var reader = new PacketReader(opened.Body);
        while (reader.TryNext(out var type, out var message))
        {
            if (!Rewriting.IsRead(type, message))
                throw new InvalidOperationException($"A {type} is sent that no member reads: {Convert.ToHexString(message)}.");
            if (type == MessageType.Ping && PacketReader.TryPing(message, out var ping))
                Remember(_questions, (peer, ping));
            if (type == MessageType.Inspect && PacketReader.TryInspect(message, out var asked))
                Remember(_inspections, (peer, asked));
        }

        if (!reader.IsAtEnd)
            throw new InvalidOperationException("A packet is sent that does not end with a message.");
    }

    public void Publish(in ClusterEvent happened)
    {
        if (happened.Member is null)
            throw new InvalidOperationException($"{happened.Kind} happened to nobody.");
        _happened.Add(happened.Kind);
    }

    private static void Remember<T>(List<T> questions, T question)
    {
        if (questions.Count == Remembered)
            questions.RemoveAt(0);
        questions.Add(question);
    }
}
