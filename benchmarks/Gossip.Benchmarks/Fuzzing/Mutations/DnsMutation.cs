using System.Buffers.Binary;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing.Mutations;

/// <summary>
/// Changes of DNS messages by their fields (RFC 1035 §4): counts, types, classes, times and lengths; names that become others or pointers
/// to anywhere; records that are doubled or lost.
/// </summary>
internal static class DnsMutation
{
    private const int HeaderSize = 12;

    private static readonly ushort[] Words =
    [
        0, 1, 2, 12, 16, 28, 33, 47, 63, 64, 75, 120, 255, 512, 513,
        0x0FFF, 0x7FFF, 0x8000, 0x8001, 0x80FF, 0x8400, 0xC00C, 0xFFFE, 0xFFFF,
    ];

    private enum Kind
    {
        Word,
        Name,
        Record,
    }

    /// <summary>The message with one change; <paramref name="other"/> is what a part may come from.</summary>
    public static byte[] Change(byte[] message, byte[] other, Randomness randomness)
    {
        var fields = FieldsOf(message);
        if (fields.Count == 0 || randomness.Chance(0.2))
            return ByteMutation.Change(message, other, randomness);
        var (start, end, kind, count) = fields[randomness.Below(fields.Count)];
        byte[] changed = [.. message];
        switch (kind)
        {
            case Kind.Word:
                BinaryPrimitives.WriteUInt16BigEndian(changed.AsSpan(start), Words[randomness.Below(Words.Length)]);
                return changed;
            case Kind.Name:
                return ByteMutation.Replace(message, start..end, Name(start, randomness));
            default:
                var isTwice = randomness.Chance(0.5);
                changed[count + 1] += (byte)(isTwice ? 1 : -1);
                return ByteMutation.Replace(changed, isTwice ? end..end : start..end, isTwice ? message.AsSpan(start..end) : []);
        }
    }

    /// <summary>A name in the place of one that begins there.</summary>
    private static byte[] Name(int at, Randomness randomness) => randomness.Below(6) switch
    {
        0 => [0],
        1 => Pointer(randomness.Below(Math.Max(1, at))),
        2 => Pointer(at + randomness.Below(3)),
        3 => [1, (byte)'a', .. Pointer(randomness.Below(Math.Max(1, at)))],
        4 => [63, .. ByteMutation.Noise(64, randomness)],
        _ => DnsDraws.Name(randomness).Wire.ToArray(),
    };

    private static byte[] Pointer(int to) => [(byte)(0xC0 | (to >> 8)), (byte)to];

    /// <summary>What a message is made of, as far as it can be followed; of a record, also where its section is counted.</summary>
    private static List<(int Start, int End, Kind Kind, int Count)> FieldsOf(ReadOnlySpan<byte> message)
    {
        var fields = new List<(int Start, int End, Kind Kind, int Count)>();
        if (message.Length < HeaderSize)
            return fields;
        var at = HeaderSize;
        AddWords(fields, 0, HeaderSize);
        for (var count = 4; count < HeaderSize; count += 2)
        {
            for (int left = BinaryPrimitives.ReadUInt16BigEndian(message[count..]); left > 0; left--)
            {
                var start = at;
                if (!TrySkipName(message, ref at))
                    return fields;
                fields.Add((start, at, Kind.Name, 0));
                var words = count == 4 ? 4 : 10;
                if (message.Length - at < words)
                    return fields;
                AddWords(fields, at, at + words);
                at += words + (count == 4 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]));
                if (at > message.Length)
                    return fields;
                fields.Add((start, at, Kind.Record, count));
            }
        }

        return fields;
    }

    private static void AddWords(List<(int Start, int End, Kind Kind, int Count)> fields, int start, int end)
    {
        for (; start < end; start += 2)
            fields.Add((start, start + 2, Kind.Word, 0));
    }

    private static bool TrySkipName(ReadOnlySpan<byte> message, ref int at)
    {
        while (at < message.Length && message[at] is > 0 and < 0xC0)
            at += 1 + message[at];
        if (at >= message.Length)
            return false;
        at += message[at] == 0 ? 1 : 2;
        return at <= message.Length;
    }
}
