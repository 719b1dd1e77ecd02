using System.Text.Json.Nodes;
using Gossip.Benchmarks.Cluster;
using Perfolizer.Mathematics.Common;

namespace Gossip.Benchmarks.Gateway;

/// <summary>
/// Three services and two gateways before them, each a process: one has their addresses written, the other follows the registry. wrk loads them
/// in turns, so that what the machine does besides touches both alike.
/// </summary>
internal sealed class GatewayRun(GatewayPlan plan, TextWriter progress)
{
    private const int Services = 3;

    public async Task<JsonObject> RunAsync(CancellationToken cancellation)
    {
        var parts = new List<GatewayProcess>();
        try
        {
            var cluster = $"gateway-{Environment.ProcessId}";
            for (var i = 0; i < Services; i++)
                parts.Add(await GatewayProcess.StartAsync(GatewayPart.Service, cluster));
            string[] addresses = [.. parts.Select(part => part.Address)];
            foreach (var role in new[] { GatewayPart.Written, GatewayPart.Following })
                parts.Add(await GatewayProcess.StartAsync([role, cluster, .. addresses]));
            return await CompareAsync(parts[^2], parts[^1], cancellation);
        }
        finally
        {
            foreach (var part in parts)
                part.Dispose();
        }
    }

    private async Task<JsonObject> CompareAsync(GatewayProcess written, GatewayProcess following, CancellationToken cancellation)
    {
        // Of the first round most is compiling.
        foreach (var gateway in new[] { written, following, written, following })
            await MeasureAsync(gateway, cancellation);
        var rounds = new List<(Round Written, Round Following)>();
        var time = HostTime.Read();
        for (var pair = 1; pair <= plan.Pairs; pair++)
        {
            var first = await MeasureAsync(written, cancellation);
            var second = await MeasureAsync(following, cancellation);
            rounds.Add((first, second));
            second = await MeasureAsync(following, cancellation);
            first = await MeasureAsync(written, cancellation);
            rounds.Add((first, second));
            await progress.WriteLineAsync($"{pair} of {plan.Pairs}: {first.PerSecond:F0} written, {second.PerSecond:F0} following, requests in a second");
        }

        return new JsonObject
        {
            ["pairs"] = plan.Pairs, ["connections"] = plan.Connections, ["round_s"] = plan.Round.TotalSeconds,
            ["steal_pct"] = Math.Round(HostTime.Read().StolenPercentSince(time), 2),
            ["failed"] = rounds.Sum(round => round.Written.Failed + round.Following.Failed),
            ["written"] = Told(rounds.Select(round => round.Written)),
            ["following"] = Told(rounds.Select(round => round.Following)),
            // Above one, the gateway that follows the registry is the dearer one.
            ["time_per_request"] = Ratio(rounds, round => 1 / round.PerSecond),
            ["processor_per_request"] = Ratio(rounds, round => round.Processor),
            ["median"] = Ratio(rounds, round => round.Median),
            ["p99"] = Ratio(rounds, round => round.P99),
        };
    }

    private async Task<Round> MeasureAsync(GatewayProcess gateway, CancellationToken cancellation)
    {
        var before = gateway.ProcessorTime;
        var report = await GatewayProcess.LoadAsync(gateway.Address, plan, cancellation);
        var processor = (gateway.ProcessorTime - before).TotalMicroseconds / report.Requests;
        return new Round(report.PerSecond, processor, report.Median, report.P99, report.Failed);
    }

    private static JsonObject Told(IEnumerable<Round> rounds)
    {
        var all = rounds.ToArray();
        return new JsonObject
        {
            ["requests_per_s"] = Middle(all, round => round.PerSecond), ["processor_us"] = Middle(all, round => round.Processor),
            ["median_ms"] = Middle(all, round => round.Median), ["p99_ms"] = Middle(all, round => round.P99),
        };
    }

    private static double Middle(Round[] rounds, Func<Round, double> figure)
    {
        var sorted = rounds.Select(figure).Order().ToArray();
        return Math.Round(sorted[sorted.Length / 2], 2);
    }

    /// <summary>The geometric mean of the pairs' ratios, with its interval of 95 %.</summary>
    private static JsonObject Ratio(List<(Round Written, Round Following)> rounds, Func<Round, double> figure)
    {
        // Both turns of a pair together, so that a drift of the machine within it cancels out.
        var logs = rounds.Select(round => Math.Log(figure(round.Following) / figure(round.Written))).Chunk(2).Select(turns => turns.Average()).ToArray();
        var statistics = new BenchmarkDotNet.Mathematics.Statistics(logs);
        var interval = statistics.GetConfidenceInterval(ConfidenceLevel.L95);
        return new JsonObject { ["ratio"] = Back(statistics.Mean), ["from"] = Back(interval.Lower), ["to"] = Back(interval.Upper) };

        static double Back(double log) => Math.Round(Math.Exp(log), 3);
    }

    private readonly record struct Round(double PerSecond, double Processor, double Median, double P99, long Failed);
}
