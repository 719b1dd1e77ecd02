namespace Gossip.Benchmarks.Balancing;

/// <summary>What one policy made of one slow instance among eleven.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Seed">What the run followed from.</param>
/// <param name="Calls">All calls.</param>
/// <param name="SlowCalls">Those that the slow instance got while it was slow.</param>
/// <param name="WithinOneSecond">The percentage of calls that were answered within a second.</param>
/// <param name="P50">The median of the latencies, in milliseconds.</param>
/// <param name="P95">95 % of the latencies are below.</param>
/// <param name="P99">99 % of the latencies are below.</param>
/// <param name="P999">99.9 % of the latencies are below.</param>
internal sealed record SlowOneResult(
    string Policy, ulong Seed, int Calls, int SlowCalls, double WithinOneSecond, double P50, double P95, double P99, double P999);
