using System.Net;
using System.Text.Json;
using Gossip.AspNetCore.Inspection;
using Gossip.Diagnostics;
using Gossip.Inspection;
using Gossip.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Gossip.AspNetCore.Tests;

/// <summary>What any process tells of all of them, over HTTP.</summary>
public sealed class InspectionEndpointTests
{
    private readonly CancellationToken _patience = Eventually.Patience();

    [Fact]
    public async Task The_timeline_is_merged_from_all_members_and_says_who_answered()
    {
        await using var first = await TestApp.StartAsync("orders", map: Map);
        await using var second = await TestApp.StartAsync("payments", first, map: Map);
        await first.SeesAsync("payments", instance => instance.State == ServiceState.Ready);

        using var page = await GetAsync(first, "/gossip/timeline");

        var root = page.RootElement;
        Assert.Equal((1, 2), (root.GetProperty("schema").GetInt32(), root.GetProperty("asked").GetInt32()));
        Assert.Equal(2, root.GetProperty("answered").GetArrayLength());
        Assert.Equal(0, root.GetProperty("missing").GetArrayLength());
        var events = root.GetProperty("events").EnumerateArray().ToList();
        Assert.Contains(events, one => one.GetProperty("what").GetString() == "memberJoined" && one.GetProperty("sentence").GetString()!.Contains("joined at", StringComparison.Ordinal));
        Assert.All(events, one => Assert.NotEqual(0, one.GetProperty("seenBy").GetArrayLength()));
        var name = second.Discovery.Current.Members.Single(member => member.IsSelf).Name;
        using var ofOne = await GetAsync(first, $"/gossip/timeline?member={Uri.EscapeDataString(name)}&minutes=60");
        var those = ofOne.RootElement.GetProperty("events").EnumerateArray().ToList();
        Assert.NotEmpty(those);
        Assert.All(those, one => Assert.Equal(name, one.GetProperty("member").GetString()));
    }

    [Fact]
    public void A_node_that_does_not_keep_all_it_has_seen_is_named_with_the_moment_from_which_on_it_does()
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(60);
        var member = MemberProfile.Of(new MemberId(9), new Incarnation(1), PeerAddress.From(new IPEndPoint(IPAddress.Loopback, 1)), "web", "");
        var happened = new NodeEvent(now.UtcDateTime, ClusterEventKind.MemberJoined, member, []) { Sequence = 7 };
        // What is kept of members reaches further back than what is kept of services, and is not all.
        var lost = happened with { Moment = now.UtcDateTime.AddHours(-1), Sequence = 3 };
        MemberAnswer[] answers =
        [
            .. new[] { false, true }.Select((isGap, index) => new MemberAnswer(
                new MemberId(1 + (ulong)index), $"node-{index}", EventsContent.Write(new JournalReading([lost, happened], 7, Gone: isGap ? 6 : 0)))),
        ];

        var page = TimelinePage.Of(new ClusterAnswers(2, answers, []), now, DateTimeOffset.MinValue, null, isKnown: true)!;

        Assert.Equal([new RememberedPart("node-1", now)], page.Remembered);
        Assert.Single(page.Events);
    }

    [Fact]
    public async Task Calls_show_in_the_analytics_and_on_the_edges_of_the_graph_of_whoever_is_asked()
    {
        await using var caller = await TestApp.StartAsync("orders", map: Map);
        await using var called = await TestApp.StartAsync("payments", caller, map: Map);
        await caller.SeesAsync("payments", instance => instance.State == ServiceState.Ready);
        var instance = caller.Discovery.Current.GetInstances("payments")[0];
        for (var i = 0; i < 30; i++)
            instance.Begin().Complete(i % 3 == 0 ? CallOutcome.Erred : CallOutcome.Answered);

        using var own = await GetAsync(called, "/gossip/analytics");
        Assert.Equal(0, own.RootElement.GetProperty("services").GetArrayLength());
        Assert.Equal("node", own.RootElement.GetProperty("scope").GetString());

        using var all = await GetAsync(called, "/gossip/analytics?scope=cluster");
        Assert.Equal((2, 2), (all.RootElement.GetProperty("asked").GetInt32(), all.RootElement.GetProperty("answered").GetInt32()));
        var service = Assert.Single(all.RootElement.GetProperty("services").EnumerateArray());
        Assert.Equal(("payments", 30, 10), (service.GetProperty("name").GetString(), service.GetProperty("calls").GetInt32(), service.GetProperty("failures").GetInt32()));
        Assert.Equal(instance.InstanceId, Assert.Single(service.GetProperty("instances").EnumerateArray()).GetProperty("id").GetString());
        Assert.True(service.GetProperty("p99Ms").GetDouble() > 0);

        using var graph = await GetAsync(called, "/gossip/graph?scope=cluster");
        var edge = Assert.Single(graph.RootElement.GetProperty("edges").EnumerateArray());
        Assert.Equal((2, 2), (graph.RootElement.GetProperty("asked").GetInt32(), graph.RootElement.GetProperty("answered").GetInt32()));
        Assert.Equal(("orders", "payments", 1), (edge.GetProperty("from").GetString(), edge.GetProperty("to").GetString(), edge.GetProperty("callers").GetInt32()));
        using var ownGraph = await GetAsync(called, "/gossip/graph");
        Assert.Equal(0, ownGraph.RootElement.GetProperty("edges").GetArrayLength());
    }

    [Fact]
    public async Task Calls_that_hang_at_an_instance_that_is_gone_stand_out()
    {
        await using var caller = await TestApp.StartAsync("orders", map: Map);
        await using var called = await TestApp.StartAsync("payments", caller, map: Map);
        await caller.SeesAsync("payments", instance => instance.State == ServiceState.Ready);
        var instance = caller.Discovery.Current.GetInstances("payments")[0];
        using var waits = instance.Begin();

        await called.App.StopAsync(_patience);
        await Eventually.HoldsAsync(() => caller.Discovery.Current.GetAllInstances("payments").Count == 0, "payments is gone");

        using var page = await GetAsync(caller, "/gossip/analytics");
        var one = Assert.Single(Assert.Single(page.RootElement.GetProperty("services").EnumerateArray()).GetProperty("instances").EnumerateArray());
        Assert.Equal((instance.InstanceId, 1, true), (one.GetProperty("id").GetString(), one.GetProperty("inFlight").GetInt32(), one.GetProperty("gone").GetBoolean()));
        var sentence = Assert.Single(page.RootElement.GetProperty("outliers").EnumerateArray()).GetString();
        Assert.Equal($"{instance.InstanceId} on {instance.NodeName}: 1 call to it waits for an answer, and it is gone", sentence);
    }

    [Theory]
    [InlineData("/gossip/timeline?member=nobody", "No member 'nobody' is known here. Give the name")]
    [InlineData("/gossip/memberz", "There is nothing to read at 'memberz' below this endpoint, but members")]
    [InlineData("/gossip/members/orders/x", "There is nothing to read at 'members/orders/x'")]
    public async Task What_is_not_there_is_told_with_what_is(string path, string expected)
    {
        await using var app = await TestApp.StartAsync("orders", map: Map);
        using var client = new HttpClient();
        using var answer = await client.GetAsync(app.App.Urls.First() + path, _patience);
        Assert.Equal(StatusCodes.Status404NotFound, (int)answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(_patience));
        Assert.StartsWith(expected, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/gossip/timeline?minutes=-1", "minutes is '-1'")]
    [InlineData("/gossip/timeline?minutes=soon", "minutes is 'soon'")]
    [InlineData("/gossip/analytics?scope=world", "scope is 'world'")]
    [InlineData("/gossip/graph?scope=world", "scope is 'world'")]
    public async Task Bad_input_is_told_with_its_name_its_value_and_the_remedy(string path, string expected)
    {
        await using var app = await TestApp.StartAsync("orders", map: Map);
        using var client = new HttpClient();
        using var answer = await client.GetAsync(app.App.Urls.First() + path, _patience);
        Assert.Equal(StatusCodes.Status400BadRequest, (int)answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(_patience));
        Assert.StartsWith(expected, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static void Map(WebApplication app) => app.MapGossip();

    private async Task<JsonDocument> GetAsync(TestApp app, string path)
    {
        using var client = new HttpClient();
        return JsonDocument.Parse(await client.GetStringAsync(app.App.Urls.First() + path, _patience));
    }
}
