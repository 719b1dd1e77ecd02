using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing.Mutations;

/// <summary>Changes of bytes that know nothing of what they mean.</summary>
internal static class ByteMutation
{
    /// <summary>Where signs, lengths and codes of MessagePack and DNS change.</summary>
    private static readonly byte[] Edges =
        [0x00, 0x01, 0x3F, 0x40, 0x7F, 0x80, 0x90, 0x9F, 0xA0, 0xC0, 0xC1, 0xC4, 0xC6, 0xCC, 0xCF, 0xD9, 0xDC, 0xDD, 0xDF, 0xFF];

    /// <summary>The bytes with one change; <paramref name="other"/> is what a part may come from.</summary>
    public static byte[] Change(byte[] bytes, byte[] other, Randomness randomness)
    {
        if (bytes.Length == 0)
            return [.. other];
        var at = randomness.Below(bytes.Length);
        var end = at + 1 + randomness.Below(Math.Min(8, bytes.Length - at));
        return randomness.Below(7) switch
        {
            0 => With(bytes, at, (byte)randomness.Next()),
            1 => With(bytes, at, (byte)(bytes[at] ^ (1 << randomness.Below(8)))),
            2 => With(bytes, at, Edges[randomness.Below(Edges.Length)]),
            3 => bytes[..at],
            4 => [.. bytes[..at], .. bytes[end..]],
            5 => [.. bytes[..end], .. bytes[at..]],
            _ => [.. bytes[..at], .. other.AsSpan(randomness.Below(other.Length + 1))],
        };
    }

    /// <summary>The bytes with another part in the place of one.</summary>
    public static byte[] Replace(byte[] bytes, Range part, ReadOnlySpan<byte> by)
    {
        var (at, length) = part.GetOffsetAndLength(bytes.Length);
        return [.. bytes[..at], .. by, .. bytes[(at + length)..]];
    }

    /// <summary>Bytes at random, fewer than <paramref name="most"/>.</summary>
    public static byte[] Noise(int most, Randomness randomness)
    {
        var bytes = new byte[randomness.Below(most)];
        randomness.Fill(bytes);
        return bytes;
    }

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }
}
