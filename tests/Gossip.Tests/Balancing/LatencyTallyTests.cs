using Gossip.Statistics;

namespace Gossip.Tests.Balancing;

/// <summary>How long answers took in the last minute, for people to read.</summary>
public sealed class LatencyTallyTests
{
    [Law]
    internal void A_reading_is_at_most_an_eighth_off(Seed seed)
    {
        var random = new Random((int)seed.Value);
        var tally = new LatencyTally();
        double[] took = [.. Enumerable.Range(0, 200).Select(_ => 0.064 * Math.Pow(2, random.NextDouble() * 19.9)).Order()];
        foreach (var milliseconds in took)
            tally.Answer((float)milliseconds, 1_000);
        var sample = tally.Read(1_000);
        foreach (var share in new[] { 0.5, 0.9, 0.99, 1 })
        {
            var exact = took[(int)Math.Ceiling(share * took.Length) - 1];
            Assert.InRange(sample.Quantile(share)!.Value, exact * 0.874, exact * 1.126);
        }

        Assert.Equal((200, 0), (sample.Calls, sample.Failures));
    }

    [Fact]
    public void The_shortest_and_the_longest_times_have_a_place()
    {
        var tally = new LatencyTally();
        tally.Answer(0, 0);
        tally.Answer(float.MaxValue, 0);
        var sample = tally.Read(0);
        Assert.Equal(2, sample.Calls);
        Assert.InRange(sample.Quantile(0.5)!.Value, 0.064, 0.080);
        Assert.InRange(sample.Quantile(1)!.Value, 58_000, 67_200);
    }

    [Fact]
    public void A_call_counts_for_a_minute_and_not_for_much_longer()
    {
        var tally = new LatencyTally();
        for (var second = 0; second < 600; second++)
        {
            tally.Answer(10, second * 1_000L);
            if (second % 2 == 0)
                tally.Fail(second * 1_000L);
            var sample = tally.Read(second * 1_000L);
            Assert.InRange(sample.Failures, Math.Min(30, (second / 2) + 1), 38);
            Assert.InRange(sample.Calls - sample.Failures, Math.Min(60, second + 1), 75);
            Assert.InRange(sample.Seconds, Math.Min(60, second), 75);
        }

        Assert.Equal(0, tally.Read(700_000).Calls);
        tally.Fail(2_000_000);
        Assert.Equal((1, 1.0), (tally.Read(2_000_000).Calls, tally.Read(2_000_000).FailureRate));
    }

    [Fact]
    public void Nothing_was_answered_is_no_time_at_all()
    {
        Assert.Null(LatencySample.None.Quantile(0.99));
        Assert.Equal((0, 0.0, 0.0), (LatencySample.None.Calls, LatencySample.None.FailureRate, LatencySample.None.CallsPerSecond));
        var tally = new LatencyTally();
        tally.Fail(5);
        Assert.Null(tally.Read(5).Quantile(0.5));
    }

    [Fact]
    public void What_several_callers_counted_adds_up()
    {
        var (one, other, both) = (new LatencyTally(), new LatencyTally(), new LatencyTally());
        for (var i = 1; i <= 500; i++)
        {
            (i % 3 == 0 ? one : other).Answer(i, 60_000);
            both.Answer(i, 60_000);
        }

        other.Fail(60_000);
        both.Fail(60_000);
        var sum = one.Read(60_000).Plus(other.Read(60_000));
        Assert.Equal(both.Read(60_000).Counts, sum.Counts);
        Assert.Equal((501, 1, both.Read(60_000).Quantile(0.9)), (sum.Calls, sum.Failures, sum.Quantile(0.9)));
    }

    [Fact]
    public async Task Callers_on_all_threads_lose_no_call_within_a_stretch()
    {
        var tally = new LatencyTally();
        tally.Answer(1, 30_000);
        var threads = Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 25_000; i++)
                tally.Answer((i % 50) + thread, 30_000 + (i % 10_000));
        }));
        await Task.WhenAll(threads);
        Assert.Equal(100_001, tally.Read(40_000).Calls);
    }

    [Fact]
    public void A_call_costs_no_memory_and_an_instance_that_is_not_called_none_either()
    {
        var fleet = new Fleet(2);
        fleet.Call(fleet.All[0], CallOutcome.Answered);
        fleet.Call(fleet.All[0], CallOutcome.Failed);
        Assert.Equal((2, 1), (fleet.All[0].Statistics.LastMinute().Calls, fleet.All[0].Statistics.LastMinute().Failures));
        Assert.Same(LatencySample.None, fleet.All[1].Statistics.LastMinute());

        var statistics = fleet.All[0].Statistics;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            statistics.End(statistics.Start(), CallOutcome.Answered);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Answers_count_with_their_time_failures_as_failures_and_what_was_abandoned_not_at_all()
    {
        var fleet = new Fleet(1);
        fleet.Call(fleet.All[0], CallOutcome.Answered, 0.1);
        fleet.Call(fleet.All[0], CallOutcome.Erred, 0.2);
        fleet.Call(fleet.All[0], CallOutcome.Unreachable, 0.2);
        fleet.Call(fleet.All[0], CallOutcome.Failed, 0.2);
        fleet.Call(fleet.All[0], CallOutcome.Abandoned, 0.2);
        var sample = fleet.All[0].Statistics.LastMinute();
        Assert.Equal((4, 3), (sample.Calls, sample.Failures));
        Assert.InRange(sample.Quantile(0.99)!.Value, 87, 113);
    }
}
