using System.Globalization;

namespace Gossip.Cli.Protocols.Consul;

/// <summary>
/// Durations as Go writes them: numbers with a unit, one after the other, as in "1m30s"; a sign may stand in front. Without a unit only
/// zero is a duration.
/// </summary>
internal static class DurationText
{
    private static readonly System.Buffers.SearchValues<char> Digits = System.Buffers.SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Nanoseconds)[] Units =
    [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ];

    /// <summary>Reads one.</summary>
    /// <returns>What is wrong with it; null when it was read.</returns>
    public static string? Read(string text, out TimeSpan duration)
    {
        duration = default;
        var rest = text.AsSpan();
        var isNegative = rest is ['-', ..];
        if (rest is ['-' or '+', ..])
            rest = rest[1..];
        if (rest is "0")
            return null;
        if (rest.IsEmpty)
            return $"time: invalid duration \"{text}\"";
        var nanoseconds = 0.0;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept(Digits);
            var number = digits < 0 ? rest : rest[..digits];
            if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
                return $"time: invalid duration \"{text}\"";
            rest = rest[number.Length..];
            var end = rest.IndexOfAny(Digits);
            var unit = end < 0 ? rest : rest[..end];
            if (unit.IsEmpty)
                return $"time: missing unit in duration \"{text}\"";
            if (FactorOf(unit) is not { } factor)
                return $"time: unknown unit \"{unit}\" in duration \"{text}\"";
            nanoseconds += count * factor;
            rest = rest[unit.Length..];
        }

        return FromNanoseconds(isNegative ? -nanoseconds : nanoseconds, out duration) ? null : $"time: invalid duration \"{text}\"";
    }

    /// <summary>Of what Go can hold, which is 292 years.</summary>
    public static bool FromNanoseconds(double nanoseconds, out TimeSpan duration)
    {
        duration = default;
        if (!(Math.Abs(nanoseconds) < long.MaxValue))
            return false;
        duration = TimeSpan.FromTicks((long)(nanoseconds / TimeSpan.NanosecondsPerTick));
        return true;
    }

    private static double? FactorOf(ReadOnlySpan<char> unit)
    {
        foreach (var (name, nanoseconds) in Units)
        {
            if (unit.SequenceEqual(name))
                return nanoseconds;
        }

        return null;
    }
}
