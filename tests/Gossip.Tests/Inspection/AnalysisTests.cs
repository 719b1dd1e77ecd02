using Gossip.Inspection;
using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Tests.Inspection;

/// <summary>An instance that stands out among its siblings is named, in words, and no other.</summary>
public sealed class AnalysisTests
{
    [Fact]
    public void A_slow_instance_is_named_with_its_time_and_its_siblings()
    {
        var service = Assert.Single(ServiceAnalysis.Of([Called("payments-1", 100, 90), Called("payments-2", 100, 800), Called("payments-3", 100, 100)]));
        Assert.Equal([null, "payments-2: p99 9 times its siblings' (852 ms against 98 ms)", null], service.Instances.Select(one => one.Outlier));
        Assert.Equal(300, service.LastMinute.Calls);
    }

    [Fact]
    public void An_instance_that_fails_is_named_with_its_share()
    {
        var service = Assert.Single(ServiceAnalysis.Of([Called("payments-1", 100, 1), Called("payments-2", 40, 1, failures: 60)]));
        Assert.Equal([null, "payments-2: 60 % of its calls fail, of its siblings' 0 %"], service.Instances.Select(one => one.Outlier?.Replace('\u00A0', ' ')));
    }

    [Theory]
    [InlineData(19, 800, 0, 100)]
    [InlineData(100, 800, 0, 19)]
    [InlineData(100, 200, 0, 100)]
    [InlineData(100, 100, 4, 100)]
    public void Few_calls_or_small_differences_tell_nothing(int calls, int milliseconds, int failures, int siblingsCalls) => Assert.All(
        Assert.Single(ServiceAnalysis.Of([Called("a", siblingsCalls, 100), Called("b", calls, milliseconds, failures)])).Instances,
        one => Assert.Null(one.Outlier));

    /// <summary>The balancing avoids it, so that it has few calls; one that failed once may have been unlucky.</summary>
    [Theory]
    [InlineData(0, 4, true)]
    [InlineData(3, 1, false)]
    public void One_that_fails_always_stands_out_however_seldom_it_is_called(int answers, int failures, bool stands)
    {
        var service = Assert.Single(ServiceAnalysis.Of([Called("a", 400, 5), Called("b", answers, 5, failures)]));
        Assert.Equal(stands ? "b: 100 % of its calls fail, of its siblings' 0 %" : null, service.Instances[1].Outlier?.Replace('\u00A0', ' '));
        Assert.Null(service.Instances[0].Outlier);
    }

    [Fact]
    public void Where_several_have_one_id_their_nodes_tell_them_apart()
    {
        CalledInstance[] calls = [Called("payments", 50, 90), Called("payments", 50, 850) with { NodeId = new MemberId(2), NodeName = "two" }];
        Assert.Equal(
            ["payments on two: p99 9 times its siblings' (852 ms against 90 ms)", null],
            Assert.Single(ServiceAnalysis.Of(calls)).Instances.Select(one => one.Outlier));
    }

    [Fact]
    public void Three_times_next_to_nothing_is_no_outlier_and_who_is_alone_has_nobody_to_be_compared_with()
    {
        Assert.All(Assert.Single(ServiceAnalysis.Of([Called("a", 100, 2), Called("b", 100, 15)])).Instances, one => Assert.Null(one.Outlier));
        Assert.Null(Assert.Single(Assert.Single(ServiceAnalysis.Of([Called("a", 100, 5_000)])).Instances).Outlier);
    }

    [Fact]
    public void The_calls_of_several_callers_add_up_to_those_of_the_instance_and_to_edges()
    {
        CallsReport[] reports = [new("orders", [Called("p1", 10, 5), Called("p2", 30, 5)]), new("Orders", [Called("p1", 20, 5)]), new("shop", [Called("p1", 1, 5, failures: 6)])];

        var service = Assert.Single(ServiceAnalysis.Of(reports.SelectMany(report => report.Calls)));
        Assert.Equal([("p1", 37), ("p2", 30)], service.Instances.Select(one => (one.Called.Id, one.Called.LastMinute.Calls)));

        var edges = ServiceEdge.Of(reports);
        Assert.Equal([("orders", "payments", 60, 2), ("shop", "payments", 7, 1)], edges.Select(one => (one.From, one.To, one.LastMinute.Calls, one.Callers)));
        Assert.Equal([1.0, 7 / 60.0], edges.Select(one => one.LastMinute.CallsPerSecond));
        Assert.Equal([0, 0.1], edges.Select(one => one.LastMinute.FailuresPerSecond));
    }

    /// <summary>As many instances as fit into the answer of one member, all of one service.</summary>
    [Fact]
    public void However_many_instances_a_service_is_said_to_have_each_is_compared_with_all_at_once()
    {
        CalledInstance[] calls = [.. Enumerable.Range(0, 3_000).Select(number => Called($"a{number}", 20, 100, failures: number == 7 ? 30 : 0))];
        var before = GC.GetAllocatedBytesForCurrentThread();

        var service = Assert.Single(ServiceAnalysis.Of(calls));

        // What is linear takes some five megabytes of sums; each beside all others took six gigabytes.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000_000);
        Assert.Equal("a7: 60 % of its calls fail, of its siblings' 0 %", Assert.Single(service.Instances, one => one.Outlier is not null).Outlier!.Replace('\u00A0', ' '));
    }

    private static CalledInstance Called(string id, int answers, float milliseconds, int failures = 0)
    {
        var tally = new LatencyTally();
        for (var i = 0; i < answers; i++)
            tally.Answer(milliseconds, 60_000);
        for (var i = 0; i < failures; i++)
            tally.Fail(60_000);
        return new CalledInstance("payments", id, new MemberId(5), "node", 0, tally.Read(60_000));
    }
}
