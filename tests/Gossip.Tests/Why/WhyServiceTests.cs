using Gossip.Balancing;
using Gossip.Discovery;
using Gossip.Snapshots;
using Gossip.Statistics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Why;

/// <summary>One instance of three is passed over, and one sentence says why. The causes are listed here and nowhere else.</summary>
public sealed class WhyServiceTests
{
    private static readonly Dictionary<string, Cause> Causes = new()
    {
        ["version"] = new(record => record with { Version = "1.4.0" }, InstanceRule.Version, "not of version ^2.0 (it has 1.4.0)"),
        ["tag"] = new(record => record with { Tags = ["blue"] }, InstanceRule.Tag, "without the tag 'green' (it has blue)"),
        ["zone"] = new(record => record with { Zone = "west" }, InstanceRule.Zone, "not in zone 'east' (it is in 'west')"),
        ["drained"] = new(record => record with { State = ServiceState.Draining, Reason = "deploy 17" }, InstanceRule.Draining, "draining (deploy 17)"),
        ["starting"] = new(record => record with { State = ServiceState.Starting }, InstanceRule.NotReady, "starting"),
        ["unhealthy"] = new(record => record with { State = ServiceState.Unhealthy, Reason = "no database" }, InstanceRule.NotReady, "unhealthy (no database)"),
        ["weight"] = new(record => record with { Weight = 0 }, InstanceRule.Weight, "of weight 0"),
        ["endpoint"] = new(record => record with { Endpoints = [new ServiceEndpoint("rpc", "http", "10.0.0.1", 80)] }, InstanceRule.Endpoint, "without the endpoint 'api'"),
        ["ejected"] = new(record => record, InstanceRule.Ejected, "this process could make no connection to it") { Fails = true },
        ["degraded"] = new(record => record with { State = ServiceState.Degraded }, InstanceRule.Degraded, "the ready ones bear its calls"),
    };

    private readonly ManualTime _time = new();

    public static TheoryData<string> Names => [.. Causes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_sentence_names_the_cause(string name)
    {
        var cause = Causes[name];
        var clock = new BalancingClock(_time);
        var hit = new Random((int)LawAttribute.Seed).Next(3);
        ServiceInstance[] all = [.. Enumerable.Range(0, 3).Select(number => Make(clock, number, number == hit ? cause.Change : record => record))];
        if (cause.Fails)
            Fail(all[hit]);

        var told = Tell(clock, all, StaticServices.None);

        Assert.Equal(2, told.Count(one => one.IsIn));
        var one = told.Single(one => !one.IsIn);
        Assert.Equal(($"p{hit}", $"node-{hit}", cause.Rule), (one.InstanceId, one.Node, one.Rule));
        Assert.StartsWith($"'p{hit}' on node-{hit} gets no calls of this process: it is ", one.Sentence, StringComparison.Ordinal);
        Assert.Contains(cause.Words, one.Sentence);
        Assert.StartsWith("2 of 3 known instances of 'payments' get calls of this process: 1 ", ServiceExplanation.Sum("payments", told), StringComparison.Ordinal);
        Assert.All(told.Where(one => one.IsIn), one => Assert.Contains("about 50 % of them by its weight, one of 2 that may", one.Sentence));
    }

    [Fact]
    public void Where_the_configuration_names_the_addresses_the_cluster_is_passed_over()
    {
        var clock = new BalancingClock(_time);
        var feed = new SnapshotFeed { BalancingClock = clock };
        var settings = new Dictionary<string, string?> { ["Services:payments:http:0"] = "http://10.0.0.9:80" };
        using var statics = new StaticServices(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), feed, NullLogger.Instance);

        var told = Tell(clock, [Make(clock, 0, record => record)], statics, new ServiceQuery("payments"));

        Assert.Equal([InstanceRule.Chosen, InstanceRule.Static], told.Select(one => one.Rule));
        Assert.Contains("the configuration names the addresses (Services:payments)", told[1].Sentence);
    }

    [Fact]
    public void An_ejection_names_its_grounds()
    {
        var clock = new BalancingClock(_time);
        ServiceInstance[] all = [.. Enumerable.Range(0, 9).Select(number => Make(clock, number, record => record))];
        for (var i = 0; i < clock.Rules.ConsecutiveFailures; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            all[0].Begin().Complete(CallOutcome.Failed);
        }

        Assert.Contains("since the last 5 calls of this process in a row failed", Told(0), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(all[0].Statistics.TryProbe(all[0].Ejection!));
        all[0].Begin().Complete(CallOutcome.Failed);
        Assert.Contains("since the call that tried whether it is well again failed, too", Told(0), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        all[0].Begin().Complete(CallOutcome.Failed);
        Assert.Contains("since a further call, which went to it while too many were ejected, failed, too", Told(0), StringComparison.Ordinal);
        foreach (var outcome in new[] { CallOutcome.Answered, CallOutcome.Erred, CallOutcome.Answered, CallOutcome.Erred, CallOutcome.Answered })
            all[1].Begin().Complete(outcome);
        all[1].Statistics.EjectOutlier(clock.Mark());
        Assert.Contains("since it failed 2 of 5 recent calls of this process, more than its siblings", Told(1), StringComparison.Ordinal);

        string Told(int number) => Tell(clock, all, StaticServices.None).Single(one => one.InstanceId == $"p{number}").Sentence;
    }

    [Fact]
    public void An_ejection_that_is_over_says_that_the_next_call_is_a_try_and_too_many_ejected_are_called_all_the_same()
    {
        var clock = new BalancingClock(_time);
        ServiceInstance[] all = [.. Enumerable.Range(0, 3).Select(number => Make(clock, number, record => record))];
        Fail(all[0]);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Contains("the next call tries whether it is well again", Tell(clock, all, StaticServices.None).Single(one => one.InstanceId == "p0").Sentence);

        foreach (var one in all)
            Fail(one);
        var told = Tell(clock, all, StaticServices.None);
        Assert.Equal(3, told.Count(one => one.IsIn));
        Assert.All(told.Where(one => one.IsIn), one => Assert.Contains("too many of its siblings fail too", one.Sentence));
    }

    private IReadOnlyList<InstanceExplanation> Tell(BalancingClock clock, ServiceInstance[] all, StaticServices statics, ServiceQuery? query = null)
    {
        var feed = new SnapshotFeed { BalancingClock = clock };
        feed.Publish(ServiceSnapshot.Create(all));
        query ??= new ServiceQuery("payments") { Version = VersionRange.Parse("^2.0"), Tag = "green", Zone = "east", Endpoint = "api" };
        return new ServiceExplanation(new Sources(feed, statics, _time), query, InstanceSelectors.PowerOfTwoChoices()).Tell();
    }

    private void Fail(ServiceInstance instance)
    {
        using var call = instance.Begin();
        _time.Advance(0.001);
        call.Complete(CallOutcome.Unreachable);
    }

    private static ServiceInstance Make(BalancingClock clock, int number, Func<ServiceRecord, ServiceRecord> change)
    {
        var record = change(new ServiceRecord
        {
            InstanceId = $"p{number}",
            Service = "payments",
            Version = "2.1.0",
            Tags = ["green"],
            Zone = "east",
            Endpoints = [new ServiceEndpoint("api", "http", "10.0.0.1", 80)],
        });
        var node = $"node-{number}";
        return new ServiceInstance(
            record, new InstanceStatistics(clock), Protocol.MemberProfile.Of(MemberSnapshot.IdOf(node), default, default, node, ""));
    }

    private sealed record Cause(Func<ServiceRecord, ServiceRecord> Change, InstanceRule Rule, string Words)
    {
        public bool Fails { get; init; }
    }
}
