using System.Globalization;

namespace Gossip.Cli.Commands;

/// <summary>Times, as people say them.</summary>
internal static class TimeText
{
    /// <summary>As in "3 s ago"; nothing where the time is not known.</summary>
    /// <param name="at">When it was.</param>
    /// <param name="now">The time by the same clock.</param>
    public static string Ago(DateTimeOffset? at, DateTimeOffset now) => at switch
    {
        null => "",
        { } known when (now - known).TotalSeconds < 1 => "just now",
        { } known => $"{Span(now - known)} ago",
    };

    /// <summary>When something happened: by the clock, and how long ago.</summary>
    public static string When(DateTimeOffset? at, DateTimeOffset now) => $"{OfDay(at)} {$"({Ago(at, now)})",-12}";

    /// <summary>A span in its greatest unit.</summary>
    public static string Span(TimeSpan span) => span switch
    {
        { TotalSeconds: < 60 } => Of(Math.Max(0, span.TotalSeconds), "s"),
        { TotalMinutes: < 60 } => Of(span.TotalMinutes, "min"),
        { TotalHours: < 48 } => Of(span.TotalHours, "h"),
        _ => Of(span.TotalDays, "d"),
    };

    /// <summary>The time of day in UTC, which is that of the logs.</summary>
    public static string OfDay(DateTimeOffset? at) => at?.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Milliseconds, with as many digits as say something; nothing where they are not known.</summary>
    public static string Milliseconds(double? ms) => ms switch
    {
        null => "",
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{ms:0.0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{ms:0} ms"),
    };

    private static string Of(double count, string unit) => string.Create(CultureInfo.InvariantCulture, $"{(long)count} {unit}");
}
