using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Tests.Balancing;

/// <summary>The default selector: latency, calls in flight, and what instances tell.</summary>
public sealed class PowerOfTwoChoicesTests
{
    private readonly IInstanceSelector _selector = InstanceSelectors.PowerOfTwoChoices();

    [Fact]
    public void The_one_with_fewer_calls_in_flight_is_chosen()
    {
        var fleet = new Fleet(2);
        fleet.Begin(fleet.All[0]);
        Assert.Equal([0, 100], fleet.Count(_selector, 100));
    }

    [Fact]
    public void Calls_in_flight_are_spread_by_weight()
    {
        var fleet = new Fleet(3, number => 100 * (number + 1));
        for (var i = 0; i < 600; i++)
            fleet.Begin(_selector.Select(fleet.All, default)!);
        Assert.Equal([100, 200, 300], fleet.All.Select(one => one.InFlight), (expected, actual) => Math.Abs(expected - actual) <= 5);
    }

    [Fact]
    public void Latencies_that_differ_by_chance_do_not_matter()
    {
        var fleet = new Fleet(2);
        fleet.Learn(fleet.All[0], 0.010);
        fleet.Learn(fleet.All[1], 0.018);
        Assert.All(fleet.Count(_selector, 1_000), count => Assert.InRange(count, 400, 600));
    }

    [Fact]
    public void A_slow_instance_is_shunned_and_tried_again_after_some_time()
    {
        var fleet = new Fleet(2);
        fleet.Learn(fleet.All[0], 0.010);
        fleet.Learn(fleet.All[1], 1);
        Assert.Equal([100, 0], fleet.Count(_selector, 100));

        var waited = 0;
        for (; fleet.Count(_selector, 100)[1] == 0; waited++)
            fleet.Call(fleet.All[0], CallOutcome.Answered, 1.0 / 64);
        Assert.InRange(waited / 64, 5, 30);
    }

    [Fact]
    public void The_first_answers_of_an_instance_may_be_slow()
    {
        var fleet = new Fleet(2);
        fleet.Learn(fleet.All[0], 0.001);
        fleet.Call(fleet.All[1], CallOutcome.Answered, 0.4);
        fleet.Call(fleet.All[1], CallOutcome.Answered, 0.001);
        fleet.Call(fleet.All[1], CallOutcome.Answered, 0.2);
        Assert.All(fleet.Count(_selector, 1_000), count => Assert.InRange(count, 400, 600));
    }

    [Fact]
    public void A_slow_instance_still_gets_calls_when_the_others_have_more_than_it_takes()
    {
        var fleet = new Fleet(2);
        fleet.Learn(fleet.All[1], 0.5);
        fleet.Learn(fleet.All[0], 0.1);
        for (var i = 0; i < 12; i++)
            fleet.Begin(_selector.Select(fleet.All, default)!);
        Assert.Equal([10, 2], fleet.All.Select(one => one.InFlight));
    }

    [Fact]
    public void Calls_that_are_not_answered_tell_of_slowness_before_they_end()
    {
        var fleet = new Fleet(2);
        fleet.Learn(fleet.All[0], 0.010);
        fleet.Learn(fleet.All[1], 0.010);
        fleet.Begin(fleet.All[1]);
        fleet.Time.Advance(0.5);
        for (var i = 0; i < 3; i++)
            fleet.Begin(fleet.All[0]);
        Assert.Equal([100, 0], fleet.Count(_selector, 100));
    }

    [Fact]
    public void An_unknown_instance_is_neither_flooded_nor_starved()
    {
        var fleet = new Fleet(4);
        foreach (var known in fleet.All.Skip(1))
            fleet.Call(known, CallOutcome.Answered, 0.1);
        for (var i = 0; i < 40; i++)
            fleet.Begin(_selector.Select(fleet.All, default)!);
        Assert.InRange(fleet.All[0].InFlight, 8, 12);
    }

    [Fact]
    public void A_failure_that_comes_fast_makes_nobody_attractive()
    {
        var fleet = new Fleet(1);
        fleet.Learn(fleet.All[0], 0.2);
        fleet.Call(fleet.All[0], CallOutcome.Failed, 0.001);
        Assert.InRange(fleet.All[0].Latency!.Value.TotalMilliseconds, 195, 200);
        fleet.Call(fleet.All[0], CallOutcome.Failed, 30);
        Assert.InRange(fleet.All[0].Latency!.Value.TotalSeconds, 10, 20);
    }

    [Fact]
    public void One_that_says_it_is_busy_is_passed_over_until_the_news_is_old()
    {
        var fleet = new Fleet(2);
        fleet.Tell(0, new Load(inFlight: 60, queueDelayMs: 20, cpuPercent: 95));
        Assert.Equal([0, 100], fleet.Count(_selector, 100));

        fleet.Time.Advance(16);
        fleet.Call(fleet.All[1], CallOutcome.Answered);
        Assert.All(fleet.Count(_selector, 1_000), count => Assert.InRange(count, 400, 600));
    }

    [Fact]
    public void One_s_own_calls_in_flight_weigh_more_where_the_instance_is_busy()
    {
        var fleet = new Fleet(2);
        fleet.Tell(0, new Load(inFlight: 0, queueDelayMs: 0, cpuPercent: 100));
        for (var i = 0; i < 30; i++)
            fleet.Begin(_selector.Select(fleet.All, default)!);
        Assert.Equal([10, 20], fleet.All.Select(one => one.InFlight));
    }

    [Fact]
    public void Latency_hurries_up_and_walks_down()
    {
        var ewma = default(PeakEwma);
        Assert.Equal(0, ewma.Read(1_000));
        ewma.Observe(100, 1_000);
        Assert.Equal(100, ewma.Read(1_000));
        ewma.Observe(1_100, 1_000);
        Assert.Equal(600, ewma.Read(1_000));
        ewma.Observe(100, 1_000);
        Assert.InRange(ewma.Read(1_000), 560, 580);
        var before = ewma.Read(1_000);
        Assert.InRange(ewma.Read(6_000), before * 0.36, before * 0.38);
    }

    [Fact]
    public void Latency_is_read_right_across_the_wrap_of_its_clock()
    {
        var ewma = default(PeakEwma);
        ewma.Observe(100, uint.MaxValue - 10L);
        Assert.Equal(100, ewma.Read(uint.MaxValue + 20L));
        Assert.InRange(ewma.Read(uint.MaxValue + 5_000L), 36, 38);
    }
}
