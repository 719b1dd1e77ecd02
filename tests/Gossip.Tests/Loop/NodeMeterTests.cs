using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.Tests.Loop;

public sealed class NodeMeterTests
{
    [Fact]
    public async Task Each_host_has_instruments_of_its_own_that_tell_what_its_node_counts()
    {
        await using var cluster = new TestCluster();
        var one = await cluster.StartOneAsync("one");
        using var meters = MetersOf(one);
        var two = await cluster.StartOneAsync("two");
        using var others = MetersOf(two);
        await using var registered = await two.Registrar.RegisterAsync(TestCluster.Payments());
        await two.SeesLiveAsync("one", "two");
        await one.SeesAsync(snapshot => snapshot.Services.Contains("payments"), "payments");

        await Eventually.HoldsAsync(() => meters.Collect().GetValueOrDefault("gossip.member.joins") == 1, "the join is counted");
        var seen = meters.Collect();

        Assert.Equal((2, 0), (seen["gossip.members alive"], seen["gossip.members dead"]));
        Assert.Equal((0, 0), (seen["gossip.member.deaths refused"], seen["gossip.node.local_health"]));
        Assert.True(seen["gossip.network.packets receive"] > 0 && seen["gossip.network.io transmit"] > 0, "nothing was sent");
        Assert.True(seen["gossip.network.messages ping transmit"] > 0 && seen["gossip.network.messages.size alive receive"] > 0, "no message");
        Assert.Equal(0, seen["gossip.inspections refused"]);
        Assert.Equal((1, true), (seen["gossip.records"], seen["gossip.records.size"] > 0));
        Assert.Equal(one.Discovery.Current.Revision, seen["gossip.snapshot.revisions"]);
        Assert.All((string[])["malformed", "datagram_unread", "log_queue_full"], reason => Assert.Contains($"gossip.drops {reason}", seen));
        await Eventually.HoldsAsync(() => meters.Of("gossip.probe.duration").Length > 0, "a round trip is measured");
        await Eventually.HoldsAsync(() => others.Of("gossip.loop.turn.duration").Length > 0, "a turn is measured");
        Assert.NotEmpty(meters.Of("gossip.snapshot.build.duration"));
    }

    [Fact]
    public async Task A_death_is_counted_by_its_evidence()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("one", "two");
        using var meters = MetersOf(hosts[0]);

        await hosts[1].CrashAsync();
        await hosts[0].SeesStateAsync("two", MemberState.Dead);

        await Eventually.HoldsAsync(() => meters.Collect().GetValueOrDefault("gossip.member.deaths refused") == 1, "the death is counted");
        Assert.Equal(1, meters.Collect()["gossip.members dead"]);
        Assert.Equal(1, meters.Collect()["gossip.member.suspicions"]);
    }

    [Fact]
    public async Task Calls_under_way_are_told_by_service()
    {
        await using var cluster = new TestCluster();
        var one = await cluster.StartOneAsync("one");
        using var meters = MetersOf(one);
        await using var registered = await one.Registrar.RegisterAsync(TestCluster.Payments());

        using (one.Discovery.Pick("payments").Begin())
            Assert.Equal(1, meters.Collect()["gossip.call.active payments"]);

        Assert.Equal(0, meters.Collect()["gossip.call.active payments"]);
    }

    [Fact]
    public async Task A_drain_measures_how_long_its_news_took()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("one", "two");
        using var meters = MetersOf(hosts[0]);
        await using var registered = await hosts[0].Registrar.RegisterAsync(TestCluster.Payments());
        await hosts[0].StopAsync();
        Assert.Single(meters.Of("gossip.proof.duration"));
    }

    [Fact]
    public async Task Nothing_is_copied_while_nobody_collects_and_nothing_told_when_the_node_has_ended()
    {
        await using var cluster = new TestCluster();
        var one = await cluster.StartOneAsync("one");
        await Eventually.HoldsAsync(async () => (await one.ReportAsync()).Uptime.TotalSeconds > 2, "a copy was due");
        Assert.Null(one.Node.Sample);

        var node = one.Node;
        using (var meters = MetersOf(one))
        {
            await Eventually.HoldsAsync(() => node.Sample is not null, "it is copied");
            await one.StopAsync();
            Assert.Empty(meters.Collect());
        }
    }

    private static TestMeters MetersOf(TestHost host) => new(host.Services.GetRequiredService<IMeterFactory>());
}
