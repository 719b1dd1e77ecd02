using System.Globalization;

namespace Gossip.Configuration;

/// <summary>Reads times with a unit. A bare number is refused: the framework would take "5" for five days.</summary>
internal static class Times
{
    private static readonly (string Suffix, TimeSpan Unit)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)),
    ];

    public static bool TryParse(string text, out TimeSpan time)
    {
        foreach (var (suffix, unit) in Units)
        {
            if (!text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
                || !double.TryParse(
                    text.AsSpan(0, text.Length - suffix.Length), NumberStyles.Float, CultureInfo.InvariantCulture, out var count))
                continue;
            var isInRange = count >= 0 && count * unit.TotalDays < 100_000;
            time = isInRange ? unit * count : default;
            return isInRange;
        }

        time = default;
        return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out time);
    }
}
