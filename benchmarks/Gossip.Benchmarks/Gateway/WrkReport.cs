using System.Globalization;
using System.Text.RegularExpressions;

namespace Gossip.Benchmarks.Gateway;

/// <summary>What wrk says at its end.</summary>
/// <param name="Requests">How many were answered.</param>
/// <param name="PerSecond">The same, in a second.</param>
/// <param name="Median">The median of their durations in milliseconds.</param>
/// <param name="P99">The 99th percentile.</param>
/// <param name="Failed">How many had another status than 2xx or 3xx, or none.</param>
internal sealed partial record WrkReport(long Requests, double PerSecond, double Median, double P99, long Failed)
{
    public static WrkReport Parse(string report)
    {
        var sockets = SocketErrors().Match(report);
        var failed = sockets.Success ? sockets.Groups.Values.Skip(1).Sum(group => Whole(group.Value)) : 0;
        if (OtherAnswers().Match(report) is { Success: true } other)
            failed += Whole(other.Groups[1].Value);
        if (Total().Match(report) is not { Success: true } total)
            throw new InvalidOperationException($"wrk said something else than its report:\n{report}");
        return new WrkReport(
            Whole(total.Groups[1].Value), Real(Rate().Match(report).Groups[1].Value), Milliseconds(Half().Match(report)), Milliseconds(Most().Match(report)), failed);
    }

    private static long Whole(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static double Real(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static double Milliseconds(Match match) => Real(match.Groups[1].Value) * match.Groups[2].Value switch
    {
        "us" => 0.001,
        "ms" => 1,
        _ => 1000,
    };

    [GeneratedRegex(@"(\d+) requests in ")]
    private static partial Regex Total();

    [GeneratedRegex(@"Requests/sec: +([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@" 50% +([\d.]+)(us|ms|s)")]
    private static partial Regex Half();

    [GeneratedRegex(@" 99% +([\d.]+)(us|ms|s)")]
    private static partial Regex Most();

    [GeneratedRegex(@"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")]
    private static partial Regex SocketErrors();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex OtherAnswers();
}
