namespace Gossip.Configuration;

/// <summary>How far apart two spellings are, and what may be meant by one.</summary>
internal static class Spelling
{
    /// <summary>Letters to change, add or drop, without case (Levenshtein 1966).</summary>
    public static int Distance(string left, string right)
    {
        var row = new int[right.Length + 1];
        for (var j = 0; j < row.Length; j++)
            row[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j < row.Length; j++)
            {
                var changed = diagonal + (char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }

    /// <summary>A question for whoever has mistyped a name, as in "Did you mean 'a' or 'b'?"; null where none is near.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="known">The names that there are.</param>
    /// <param name="most">How many are named.</param>
    public static string? Guess(string typed, IEnumerable<string> known, int most = int.MaxValue)
    {
        var similar = known.Where(name => Distance(name, typed) <= 2).Take(most).Select(name => $"'{name}'").ToArray();
        return similar.Length == 0 ? null : $"Did you mean {string.Join(" or ", similar)}?";
    }
}
