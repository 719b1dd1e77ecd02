using System.Text;
using Gossip.Protocol;

namespace Gossip.Benchmarks.Fuzzing.Mutations;

/// <summary>
/// Changes of text in lines: words of a vocabulary in other places, lines that are doubled, moved and lost, and bytes that are no text.
/// </summary>
internal static class TextMutation
{
    private static readonly string[] Awkward =
    [
        "", "0", "1", "-1", "65535", "65536", "4294967296", "99999999999999999999", "0x7f.1", "%", "%00", "%2F", "%2e%2e", "\0", "\t", "\r",
        "\u202E", "\u2028", "\uFEFF", "é", "漢", "\U0001F41D", "[", "]", "::", ":", "..", "//", "?", "#", "=",
        ";", ",", "\"", "'", "<b>", "{0}",
    ];

    /// <summary>The text with one change; <paramref name="other"/> is what a line may come from.</summary>
    public static byte[] Change(byte[] text, byte[] other, IReadOnlyList<string> words, Randomness randomness)
    {
        if (text.Length == 0)
            return [.. other];
        var lines = Encoding.Latin1.GetString(text).Split('\n').ToList();
        var at = randomness.Below(lines.Count);
        switch (randomness.Below(6))
        {
            case 0:
                lines.Insert(at, lines[randomness.Below(lines.Count)]);
                break;
            case 1:
                lines.RemoveAt(at);
                break;
            case 2:
                var others = Encoding.Latin1.GetString(other).Split('\n');
                lines[at] = others[randomness.Below(others.Length)];
                break;
            case 3:
                lines[at] = string.Concat(Enumerable.Repeat(lines[at], 1 + randomness.Below(40)));
                break;
            case 4:
                return ByteMutation.Change(text, other, randomness);
            default:
                lines[at] = Reworded(lines[at], randomness.Chance(0.5) ? words : Awkward, randomness);
                break;
        }

        return Encoding.Latin1.GetBytes(string.Join('\n', lines));
    }

    /// <summary>The line with a word in the place of some of its letters.</summary>
    private static string Reworded(string line, IReadOnlyList<string> words, Randomness randomness)
    {
        var at = randomness.Below(line.Length + 1);
        var end = at + randomness.Below(Math.Min(8, line.Length - at) + 1);
        var word = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(words[randomness.Below(words.Count)]));
        return line[..at] + word + line[end..];
    }
}
