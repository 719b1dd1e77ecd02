using Gossip.Benchmarks.Fuzzing.Mutations;
using Gossip.Dns.Messages;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing.Lives;

/// <summary>DNS messages, for the reader alone: its steps are bounded, and what is read is written again, and read as the same.</summary>
internal sealed class DnsLife : FuzzLife
{
    /// <summary>A record has two names at most, and a name as many labels as fit it, as many jumps as are followed, and an end.</summary>
    private const int MostSteps = 2 * Dns.Limits.RecordsPerMessage * ((Dns.Limits.NameBytes / 2) + Dns.Limits.NameJumps + 1);

    /// <summary>Room for every name written out, which compression had shortened.</summary>
    private readonly byte[] _again = new byte[1 << 20];

    private int _fed;
    private int _read;

    /// <summary>A message that machines might send, or nearly.</summary>
    public static byte[] DrawMessage(Randomness randomness, IReadOnlyList<byte[]> known)
    {
        if (randomness.Chance(0.05))
            return ByteMutation.Noise(200, randomness);
        var message = Pick(randomness, known);
        for (var changes = randomness.Below(4); changes > 0; changes--)
            message = DnsMutation.Change(message, Pick(randomness, known), randomness);
        return message;
    }

    public override byte[] Draw(Randomness randomness) => DrawMessage(randomness, FuzzTarget.Find("dns").Known);

    public override void Feed(ReadOnlySpan<byte> input, Randomness randomness)
    {
        _fed++;
        var reader = new DnsReader(input);
        var isRead = DnsMessage.TryRead(ref reader, out var message);
        Demand(reader.Steps <= MostSteps, $"Reading took {reader.Steps} steps.");
        if (!isRead)
            return;
        _read++;
        Demand(DnsMessage.TryRead(_again.AsSpan(0, Write(message!)), out var back), "What was read is written so that it is not read.");
        Demand(back.IsResponse == message!.IsResponse && back.Questions.SequenceEqual(message.Questions)
            && back.Answers.SequenceEqual(message.Answers) && back.Authorities.SequenceEqual(message.Authorities)
            && back.Additionals.SequenceEqual(message.Additionals), "What was read is written so that it is read otherwise.");
    }

    public override void End() =>
        Demand(_read > _fed / 10, $"The inputs are too far off to be a test: {_read} messages were read of {_fed}.");

    private static byte[] Pick(Randomness randomness, IReadOnlyList<byte[]> known) => randomness.Below(3) switch
    {
        0 => DnsDraws.Message(randomness),
        1 when known.Count > 0 => known[randomness.Below(known.Count)],
        _ => DnsLink.Recorded[randomness.Below(DnsLink.Recorded.Count)],
    };

    private int Write(DnsMessage message)
    {
        var writer = new DnsWriter(_again, message.Header.Id);
        var fits = true;
        foreach (var question in message.Questions)
            fits &= writer.TryAddQuestion(question);
        foreach (var record in message.Answers)
            fits &= writer.TryAddAnswer(record);
        foreach (var record in message.Authorities)
            fits &= writer.TryAddAuthority(record);
        foreach (var record in message.Additionals)
            fits &= writer.TryAddAdditional(record);
        Demand(fits, "What was read cannot be written.");
        return writer.Finish(message.Header.Flags);
    }
}
