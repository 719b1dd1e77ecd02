using System.Globalization;

namespace Gossip.Diagnostics;

/// <summary>How sentences for people write moments, spans and lists.</summary>
internal static class PlainText
{
    /// <summary>Names in one list: more are counted, since there may be hundreds.</summary>
    private const int MostNames = 4;

    /// <summary>A moment, with its date where that is not today's.</summary>
    public static string Of(DateTimeOffset moment, DateTimeOffset now) => moment.UtcDateTime.ToString(
        moment.UtcDateTime.Date == now.UtcDateTime.Date ? "HH:mm:ss 'UTC'" : "yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Of(TimeSpan span) => span.TotalMilliseconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0.##} ms"),
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0} ms"),
        < 120_000 => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0} min"),
    };

    /// <summary>As in "a, b and c".</summary>
    public static string List(IReadOnlyList<string> names) => names.Count switch
    {
        0 => "nobody",
        1 => names[0],
        > MostNames => string.Create(
            CultureInfo.InvariantCulture, $"{string.Join(", ", names.Take(MostNames - 1))} and {names.Count - MostNames + 1} more"),
        _ => $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}",
    };
}
