using System.Globalization;

namespace Gossip.Benchmarks.Balancing;

/// <summary>What several policies made of one slow instance among eleven, and of instances that answer 500 in no time.</summary>
internal sealed record BalanceTables(IReadOnlyList<SlowOneResult> Policies, IReadOnlyList<FailingResult> Failing)
{
    public override string ToString() => string.Join(
        Environment.NewLine,
        Policies.Select(Line)
            .Prepend($"{"policy",-16} {"within 1 s",10} {"slow calls",10} {"p50 ms",8} {"p95 ms",8} {"p99 ms",8} {"p99.9 ms",8}")
            .Append("")
            .Append($"{"failing",-16} {"policy",-16} {"calls",8} {"share at first",14} {"share",8} {"back after",10} {"ejected",8}")
            .Concat(Failing.Select(Line)));

    private static string Line(SlowOneResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Policy,-16} {result.WithinOneSecond,8:0.000} % {result.SlowCalls,10} {result.P50,8:0} {result.P95,8:0} {result.P99,8:0} {result.P999,8:0}");

    private static string Line(FailingResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Case,-16} {result.Policy,-16} {result.Calls,8} {result.ShareAtFirst,12:0.0} % {result.Share,6:0.0} % {result.BackAfter,8:0} s {result.Ejected,8}");
}
