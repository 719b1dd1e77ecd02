using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing.Mutations;

/// <summary>
/// Changes of MessagePack that leave it whole: one value, of those at any depth, is replaced, doubled, removed or wrapped, or the head of a
/// container promises more or fewer. What follows it is still read as what it is.
/// </summary>
internal static class MessagePackMutation
{
    private static readonly ulong[] Numbers =
    [
        0, 2, 4, 8, 15, 127, 255, 65_535, uint.MaxValue, Limits.Step, Limits.FirstLoadSequence, Limits.Version,
        long.MaxValue, ulong.MaxValue,
    ];

    /// <summary>Texts that are empty, too long, no UTF-8, or of letters that turn round what follows, by their bytes.</summary>
    private static readonly byte[][] Texts =
    [
        [0xA0], [0xA1, (byte)'a'], [0xA1, 0x00], [0xA2, 0xC3, 0x28], [0xA3, 0xED, 0xA0, 0x80], [0xA3, 0xE2, 0x80, 0xAE],
        [0xD9, 0xFF, .. new byte[255]], [0xDA, 0x04, 0x00, .. Enumerable.Repeat((byte)'x', 1024)],
    ];

    /// <summary>Values of other types, and heads that promise what does not come.</summary>
    private static readonly byte[][] Strange =
    [
        [0xC0], [0xC3], [0xFF], [0xD3, .. Enumerable.Repeat((byte)0xFF, 8)], [0xCB, 0x7F, 0xF8, 0, 0, 0, 0, 0, 0], [0x90], [0x80], [0xC1],
        [0xC4, 0], [0x81, 0xC0, 0xC0], [0xD4, 1, 1],
        [0xDD, 0xFF, 0xFF, 0xFF, 0xFF], [0xDF, 0x7F, 0xFF, 0xFF, 0xFF], [0xC6, 0xFF, 0xFF, 0xFF, 0xFF],
        [0xC4, 6, 127, 0, 0, 1, 0x1C, 0xDE], [0xC4, 6, 224, 0, 0, 1, 0x1C, 0xDE], [0xC4, 18, .. new byte[18]],
    ];

    /// <summary>A sequence of values with one change; <paramref name="other"/> is what a value may come from.</summary>
    public static byte[] Change(byte[] values, byte[] other, Randomness randomness)
    {
        if (Pick(values, randomness) is not { } at)
            return ByteMutation.Change(values, other, randomness);
        var whole = values[at.Start..at.End];
        return randomness.Below(8) switch
        {
            0 => Replaced(Number(Numbers[randomness.Below(Numbers.Length)], randomness)),
            1 => Replaced(new MessagePackReader(whole).TryUInt(out var number) ? Number(number, randomness) : whole),
            2 => Replaced(Texts[randomness.Below(Texts.Length)]),
            3 => Replaced(Strange[randomness.Below(Strange.Length)]),
            4 => Replaced(Pick(other, randomness) is { } from ? other[from.Start..from.End] : []),
            5 => ByteMutation.Replace(Promising(values, at.Parent, +1, randomness), at.End..at.End, whole),
            6 => ByteMutation.Replace(Promising(values, at.Parent, -1, randomness), at.Start..at.End, []),
            _ => Replaced([.. Enumerable.Repeat((byte)0x91, 1 + randomness.Below(40)), .. whole]),
        };

        byte[] Replaced(byte[] by) => ByteMutation.Replace(values, at.Start..at.End, by);
    }

    /// <summary>A number beside one, or any.</summary>
    private static byte[] Number(ulong beside, Randomness randomness)
    {
        var bytes = new byte[9];
        var writer = new MessagePackWriter(bytes);
        writer.TryUInt(randomness.Chance(0.9) ? beside + (ulong)randomness.Below(5) - 2 : randomness.Next() >> randomness.Below(64));
        return bytes[..writer.Position];
    }

    /// <summary>The same, where the array promises more or fewer; mostly as many as it has after the change.</summary>
    private static byte[] Promising(byte[] values, int array, int more, Randomness randomness)
    {
        byte[] changed = [.. values];
        if (array >= 0 && randomness.Chance(0.8) && (values[array] & 0xF0) == 0x90 && (values[array] & 0x0F) + more is >= 0 and <= 15)
            changed[array] = (byte)(values[array] + more);
        return changed;
    }

    private static (int Start, int End, int Parent)? Pick(byte[] values, Randomness randomness)
    {
        var all = new List<(int Start, int End, int Parent)>();
        for (var at = 0; at < values.Length && TryWalk(values, ref at, -1, all);)
        {
        }

        return all.Count == 0 ? null : all[randomness.Below(all.Count)];
    }

    private static bool TryWalk(ReadOnlySpan<byte> values, ref int at, int parent, List<(int Start, int End, int Parent)> into)
    {
        var start = at;
        if (!new MessagePackReader(values[at..]).TrySkip(out var whole))
            return false;
        into.Add((start, start + whole.Length, parent));
        var head = new MessagePackReader(whole);
        var items = head.TryArray(out var count) ? count : head.TryMap(out count) ? 2 * count : 0;
        for (at += head.Position; items > 0; items--)
            TryWalk(values, ref at, start, into);
        at = start + whole.Length;
        return true;
    }
}
