using System.Globalization;

namespace Gossip.Benchmarks.Balancing;

/// <summary>What several policies made of one slow instance among eleven.</summary>
internal sealed record SlowOneTable(IReadOnlyList<SlowOneResult> Policies)
{
    public override string ToString() => string.Join(
        Environment.NewLine,
        Policies.Select(Line).Prepend($"{"policy",-16} {"within 1 s",10} {"slow calls",10} {"p50 ms",8} {"p95 ms",8} {"p99 ms",8} {"p99.9 ms",8}"));

    private static string Line(SlowOneResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Policy,-16} {result.WithinOneSecond,8:0.000} % {result.SlowCalls,10} {result.P50,8:0} {result.P95,8:0} {result.P99,8:0} {result.P999,8:0}");
}
