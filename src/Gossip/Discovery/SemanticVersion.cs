using System.Globalization;

namespace Gossip.Discovery;

/// <summary>
/// A version of up to four numbers and a label, ordered by precedence (Semantic Versioning 2.0.0 §11). Build metadata, behind a plus, and a
/// leading v are ignored.
/// </summary>
internal readonly record struct SemanticVersion(
    int Major, int Minor, int Patch, int Revision, string Label, int Parts)
    : IComparable<SemanticVersion>
{
    /// <summary>The lowest label there is, below every label in use.</summary>
    private const string LowestLabel = "0";

    /// <summary>The lowest version that still counts as one of this number.</summary>
    public SemanticVersion BeforeRelease => this with { Label = LowestLabel };

    /// <summary>How many leading numbers a compatible version keeps: up to the first that is not zero.</summary>
    public int FirstThatCounts => Major > 0 || Parts == 1 ? 1 : Minor > 0 || Parts == 2 ? 2 : 3;

    public static bool TryParse(ReadOnlySpan<char> text, out SemanticVersion version)
    {
        version = default;
        if (text is ['v' or 'V', ..])
            text = text[1..];
        var end = text.IndexOf('+');
        if (end >= 0)
            text = text[..end];
        var label = "";
        end = text.IndexOf('-');
        if (end >= 0)
        {
            label = text[(end + 1)..].ToString();
            text = text[..end];
            if (label.Length == 0)
                return false;
        }

        Span<int> numbers = stackalloc int[4];
        numbers.Clear();
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            if (parts == numbers.Length
                || !int.TryParse(text[range], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[parts++]))
                return false;
        }

        version = new(numbers[0], numbers[1], numbers[2], numbers[3], label, parts);
        return true;
    }

    public int CompareTo(SemanticVersion other)
    {
        var byNumbers = (Major, Minor, Patch, Revision).CompareTo((other.Major, other.Minor, other.Patch, other.Revision));
        if (byNumbers != 0)
            return byNumbers;
        // A version with a label comes before the one without.
        var (mine, others) = (Label ?? "", other.Label ?? "");
        return mine.Length == 0 || others.Length == 0 ? others.Length.CompareTo(mine.Length) : CompareLabels(mine, others);
    }

    /// <summary>The first version with a greater number at a place, counted from 1.</summary>
    public SemanticVersion Next(int place) => place switch
    {
        1 => new(Major + 1, 0, 0, 0, "", 1),
        2 => new(Major, Minor + 1, 0, 0, "", 2),
        3 => new(Major, Minor, Patch + 1, 0, "", 3),
        _ => new(Major, Minor, Patch, Revision + 1, "", 4),
    };

    private static int CompareLabels(string mine, string others)
    {
        var (left, right) = (mine.Split('.'), others.Split('.'));
        for (var i = 0; i < Math.Min(left.Length, right.Length); i++)
        {
            var isLeftNumber = ulong.TryParse(left[i], NumberStyles.None, CultureInfo.InvariantCulture, out var leftNumber);
            var isRightNumber = ulong.TryParse(right[i], NumberStyles.None, CultureInfo.InvariantCulture, out var rightNumber);
            var order = (isLeftNumber, isRightNumber) switch
            {
                (true, true) => leftNumber.CompareTo(rightNumber),
                (true, false) => -1,
                (false, true) => 1,
                _ => string.CompareOrdinal(left[i], right[i]),
            };
            if (order != 0)
                return order;
        }

        return left.Length.CompareTo(right.Length);
    }
}
