using Gossip.Balancing;
using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Benchmarks.Balancing;

/// <summary>
/// One slow instance of eleven, as in "Beyond Round Robin: Load Balancing for Latency" (Jenson and Oanta, 2016), which used Finagle: one
/// client sends 1,000 calls per second for a minute; answers take 167 ms with a standard deviation of 5 ms, but from second 15 to second 45
/// one instance takes 2 s. There, 95 % of the calls were answered within a second with round robin, 99 % with least loaded and 99.9 % with
/// peak EWMA. The selectors are the real ones, on a virtual clock.
/// </summary>
internal static class SlowOneExperiment
{
    private const int Instances = 11;
    private const int CallsPerSecond = 1_000;
    private const double Median = 167;
    private const double Deviation = 5;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SlowFrom = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan SlowUntil = TimeSpan.FromSeconds(45);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    public static SlowOneResult Run(string policy, ulong seed)
    {
        FastRandom.Seed(seed);
        var randomness = new Randomness(seed);
        var time = new VirtualTime();
        var board = new BalancingClock(time);
        ServiceInstance[] instances = [.. Enumerable.Range(0, Instances).Select(number => Instance(number, board))];
        var picker = new Picker(new GossipBalancingOptions().FindPolicy(policy)!(), board);
        var underWay = new PriorityQueue<InstanceCall, TimeSpan>();
        var latencies = new List<TimeSpan>();
        var ofSlow = 0;
        for (var next = TimeSpan.Zero; next < Length; next += TimeSpan.FromSeconds(1.0 / CallsPerSecond))
        {
            Answer(underWay, time, next);
            time.GoTo(next);
            var chosen = picker.Pick(instances, default)!;
            var isSlow = ReferenceEquals(chosen, instances[0]) && next >= SlowFrom && next < SlowUntil;
            var takes = isSlow ? Slow : TimeSpan.FromMilliseconds(Median + (Deviation * Chance.Normal(randomness)));
            ofSlow += isSlow ? 1 : 0;
            latencies.Add(takes);
            underWay.Enqueue(chosen.Begin(), next + takes);
        }

        latencies.Sort();
        return new SlowOneResult(
            policy, seed, latencies.Count, ofSlow, 100.0 * latencies.Count(one => one <= Limit) / latencies.Count,
            At(latencies, 0.5), At(latencies, 0.95), At(latencies, 0.99), At(latencies, 0.999));
    }

    private static void Answer(PriorityQueue<InstanceCall, TimeSpan> underWay, VirtualTime time, TimeSpan until)
    {
        while (underWay.TryPeek(out var use, out var at) && at <= until)
        {
            underWay.Dequeue();
            time.GoTo(at);
            use.Complete(CallOutcome.Answered);
        }
    }

    private static ServiceInstance Instance(int number, BalancingClock board) =>
        new(new ServiceRecord { InstanceId = $"i{number}", Service = "payments" }, new InstanceStatistics(board));

    private static double At(List<TimeSpan> sorted, double share) => sorted[(int)(share * (sorted.Count - 1))].TotalMilliseconds;
}
