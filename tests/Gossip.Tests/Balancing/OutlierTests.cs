using Gossip.Balancing;
using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Tests.Balancing;

/// <summary>An instance that answers with errors more often than its siblings is left alone for a while; errors that all have eject
/// nobody.</summary>
public sealed class OutlierTests
{
    public static TheoryData<string> SelectorNames => Fleet.SelectorNames;

    [Theory]
    [MemberData(nameof(SelectorNames))]
    public void One_that_answers_with_errors_alone_gets_no_more_calls(string name)
    {
        var fleet = new Fleet(2);
        var picker = fleet.Picker(Fleet.Selectors[name]());
        Call(fleet, fleet.All[0], CallOutcome.Erred, 9);
        Call(fleet, fleet.All[1], CallOutcome.Answered, 10);
        Pick(picker, fleet);
        Assert.False(fleet.All[0].IsEjected);

        Call(fleet, fleet.All[0], CallOutcome.Erred, 1);
        Assert.All(Enumerable.Range(0, 30), _ => Assert.Same(fleet.All[1], Pick(picker, fleet)));
        Assert.True(fleet.All[0].IsEjected);
    }

    [Fact]
    public void It_is_probed_and_readmitted_with_a_clean_slate()
    {
        var fleet = new Fleet(2);
        var picker = fleet.Picker(InstanceSelectors.RoundRobin());
        Call(fleet, fleet.All[0], CallOutcome.Erred, 20);
        Call(fleet, fleet.All[1], CallOutcome.Answered, 20);
        double[] expected = [1, 2, 4, 8, 8, 8];
        foreach (var seconds in expected)
        {
            Assert.Same(fleet.All[1], Pick(picker, fleet));
            Assert.Equal(seconds, Math.Round((fleet.All[0].Statistics.Ejection!.Until - fleet.Clock.Now) / 1_000.0));
            fleet.Time.Advance(seconds);
            Assert.Contains(fleet.All[0], Enumerable.Range(0, 2).Select(_ => Pick(picker, fleet)));
            fleet.Call(fleet.All[0], CallOutcome.Erred, 0);
        }

        fleet.Time.Advance(8);
        Assert.Contains(fleet.All[0], Enumerable.Range(0, 2).Select(_ => Pick(picker, fleet)));
        fleet.Call(fleet.All[0], CallOutcome.Answered);
        Assert.False(fleet.All[0].IsEjected);
        Assert.Equal((0, 0), fleet.All[0].Statistics.Recent(fleet.Clock.Now));
        Assert.Equal(0, fleet.All[0].Statistics.Failing);
    }

    [Law(3, 100)]
    internal void One_error_in_twenty_at_all_ejects_nobody(Seed seed)
    {
        foreach (var count in (int[])[2, 4, 10])
            AssertEjectsNobody(new Fleet(count), new Randomness(seed.Value));
    }

    [Fact]
    public void An_error_now_and_then_at_one_alone_does_not_eject_it()
    {
        var fleet = new Fleet(4);
        var picker = fleet.Picker(InstanceSelectors.RoundRobin());
        for (var i = 0; i < 4_000; i++)
        {
            var chosen = Pick(picker, fleet);
            fleet.Call(chosen, chosen == fleet.All[0] && i % 40 < 4 ? CallOutcome.Erred : CallOutcome.Answered, 0.02);
            Assert.False(fleet.All[0].IsEjected);
        }
    }

    [Fact]
    public void Errors_in_a_row_eject_nobody_who_has_no_siblings_to_compare_with()
    {
        var fleet = new Fleet(2);
        var picker = fleet.Picker(InstanceSelectors.RoundRobin());
        Call(fleet, fleet.All[0], CallOutcome.Erred, 1_000);
        Call(fleet, fleet.All[1], CallOutcome.Answered, 9);
        Pick(picker, fleet);
        Assert.False(fleet.All[0].IsEjected);
    }

    [Theory]
    [InlineData(10, 0.5, 10, 0)]
    [InlineData(10, 0.5, 6, 5)]
    [InlineData(10, 0.2, 3, 2)]
    [InlineData(3, 0.5, 2, 1)]
    [InlineData(2, 0.5, 2, 0)]
    [InlineData(4, 0, 1, 0)]
    public void Not_more_than_a_share_is_ejected_and_nobody_when_all_fail(int count, double share, int failing, int ejected)
    {
        var fleet = new Fleet(count, rules: new GossipBalancingOptions { MaxEjectionRatio = share });
        var picker = fleet.Picker(InstanceSelectors.RoundRobin());
        for (var i = 0; i < 100 * count; i++)
        {
            var chosen = Pick(picker, fleet);
            fleet.Call(chosen, Array.IndexOf(fleet.All, chosen) < failing ? CallOutcome.Erred : CallOutcome.Answered, 0.001);
            Assert.InRange(fleet.All.Count(one => one.IsEjected), 0, ejected);
        }

        Assert.Equal(ejected, fleet.All.Count(one => one.IsEjected));
    }

    [Fact]
    public void Errors_of_more_than_twelve_seconds_ago_are_forgotten()
    {
        var fleet = new Fleet(2);
        Call(fleet, fleet.All[0], CallOutcome.Erred, 9);
        fleet.Time.Advance(9);
        Assert.Equal((9, 9), fleet.All[0].Statistics.Recent(fleet.Clock.Now));
        fleet.Time.Advance(3);
        Assert.Equal((0, 0), fleet.All[0].Statistics.Recent(fleet.Clock.Now));
    }

    [Fact]
    public void An_error_is_no_sample_of_the_latency_however_long_ago_the_last_answer_was()
    {
        var fleet = new Fleet(2);
        fleet.Learn(fleet.All[0], 0.2);
        fleet.Time.Advance(60);
        fleet.Call(fleet.All[0], CallOutcome.Erred, 0.005);
        fleet.Call(fleet.All[0], CallOutcome.Failed, 0.005);
        fleet.Call(fleet.All[1], CallOutcome.Erred, 0.005);
        fleet.Call(fleet.All[0], CallOutcome.Answered, 0.2);
        Assert.InRange(fleet.All[0].Latency!.Value.TotalMilliseconds, 199, 201);
        Assert.Null(fleet.All[1].Latency);
    }

    [Theory]
    [InlineData("p2c", 1)]
    [InlineData("p2c", 5)]
    [InlineData("least-loaded", 1)]
    [InlineData("least-loaded", 5)]
    public void One_that_fails_at_once_is_not_taken_for_idle_however_slow_its_siblings_are(string name, double callsPerSecond)
    {
        var fleet = new Fleet(4, rules: new GossipBalancingOptions { MaxEjectionRatio = 0 });
        var picker = fleet.Picker(Fleet.Selectors[name]());
        var underWay = new Queue<(InstanceCall Call, double Until)>();
        var (ofFailing, all) = (0, 60 * callsPerSecond);
        for (var i = 0; i < all; i++)
        {
            fleet.Time.Advance(1 / callsPerSecond);
            while (underWay.TryPeek(out var eldest) && eldest.Until <= i / callsPerSecond)
                underWay.Dequeue().Call.Complete(CallOutcome.Answered);
            var chosen = Pick(picker, fleet);
            if (chosen == fleet.All[0])
                fleet.Call(chosen, CallOutcome.Erred, 0);
            else
                underWay.Enqueue((chosen.Begin(), (i / callsPerSecond) + 2));
            ofFailing += chosen == fleet.All[0] ? 1 : 0;
        }

        Assert.InRange(ofFailing / all, 0, 0.25 * 0.8);
    }

    [Fact]
    public void Counts_from_many_threads_lose_nothing()
    {
        var counts = new RecentFailures[1];
        Parallel.For(0, 4, thread =>
        {
            for (var i = 0; i < 10_000; i++)
                counts[0].Add(failed: i % 10 == 0, 1_000);
        });
        Assert.Equal((40_000, 4_000), counts[0].Count(1_000));
        Assert.InRange(counts[0].Read(1_000), 0.0999f, 0.1001f);
    }

    private static void AssertEjectsNobody(Fleet fleet, Randomness randomness)
    {
        var picker = fleet.Picker(InstanceSelectors.RoundRobin());
        for (var i = 0; i < 5_000; i++)
        {
            fleet.Call(Pick(picker, fleet), randomness.Chance(0.05) ? CallOutcome.Erred : CallOutcome.Answered, 0.01);
            Assert.DoesNotContain(fleet.All, one => one.IsEjected);
        }
    }

    private static ServiceInstance Pick(Picker picker, Fleet fleet) => picker.Pick(fleet.All, new CallContext { Key = $"{fleet.Clock.Now}" })!;

    private static void Call(Fleet fleet, ServiceInstance instance, CallOutcome outcome, int times)
    {
        for (var i = 0; i < times; i++)
            fleet.Call(instance, outcome, 0.001);
    }
}
