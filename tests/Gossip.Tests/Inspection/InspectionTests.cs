using Gossip.Hosting;
using Gossip.Inspection;
using Gossip.Protocol;
using Microsoft.Extensions.DependencyInjection;

namespace Gossip.Tests.Inspection;

/// <summary>Real processes ask each other, over real sockets.</summary>
public sealed class InspectionTests
{
    private readonly CancellationToken _patience = Eventually.Patience();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Three_nodes_tell_one_story_of_a_fourth_that_crashes(bool isSealed)
    {
        await using var cluster = new TestCluster { Key = isSealed ? TestKeys.New() : null };
        var hosts = await cluster.StartAsync("a", "b", "c", "d");
        await hosts[3].CrashAsync();
        foreach (var host in hosts[..3])
            await host.SeesStateAsync("d", MemberState.Dead);

        // What comes late, as a confirmation, may come between two looks.
        IReadOnlyList<StoryEntry>[] stories = [];
        await Eventually.HoldsAsync(async () =>
        {
            stories = [.. await Task.WhenAll(hosts[..3].Select(StoryAsync))];
            return stories.All(story => Text(story) == Text(stories[0]) && story.Any(IsDeath));
        }, "that all three tell the same story");

        var death = Assert.Single(stories[0], IsDeath);
        Assert.Equal(["a", "b", "c"], death.SeenBy.Select(one => one.Name));
        Assert.NotEmpty(death.Testimonies);
        var kinds = stories[0].Where(one => one.Name == "d" && StoryText.Of(one).Length > 0).Select(one => one.Kind).ToList();
        Assert.True(kinds.IndexOf(ClusterEventKind.MemberJoined) < kinds.IndexOf(ClusterEventKind.MemberDied), Text(stories[0]));
        Assert.True(kinds.LastIndexOf(ClusterEventKind.MemberSuspected) < kinds.IndexOf(ClusterEventKind.MemberDied), Text(stories[0]));

        static bool IsDeath(StoryEntry entry) => entry is { Name: "d", Kind: ClusterEventKind.MemberDied };
    }

    [Fact]
    public async Task Ten_who_look_at_once_ask_the_cluster_once_and_who_does_not_answer_is_missing()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b", "c");
        var before = await AnsweredAsync(hosts[1]);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Ask(hosts[0], InspectionTopic.Events)));

        Assert.All(answers, one => Assert.Equal((3, 0), (one.Asked, one.Missing.Count)));
        Assert.Equal(["a", "b", "c"], answers[0].Answers.Select(one => one.Name));
        Assert.Equal(1, await AnsweredAsync(hosts[1]) - before);

        var unknown = await hosts[0].Node.InspectAsync(hosts[1].Identity.Id, 99, 0, TimeSpan.FromSeconds(30), _patience);
        Assert.Equal(InspectionOutcome.Unknown, unknown!.Value.Outcome);
        Assert.Null(await hosts[0].Node.InspectAsync(new MemberId(5), 1, 0, TimeSpan.FromSeconds(30), _patience));
    }

    [Fact]
    public async Task Who_waits_for_an_answer_when_its_node_stops_is_told()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b");
        using var asked = new SemaphoreSlim(0);
        using var goesOn = new ManualResetEventSlim();
        hosts[1].Node.Answers = (_, _) =>
        {
            asked.Release();
            goesOn.Wait(_patience);
            return null;
        };
        var waiting = hosts[0].Node.InspectAsync(hosts[1].Identity.Id, 1, 0, TimeSpan.FromMinutes(3), _patience);
        await asked.WaitAsync(_patience);
        await hosts[0].CrashAsync();
        goesOn.Set();
        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting.AsTask());
    }

    [Fact]
    public async Task A_failure_in_the_making_of_an_answer_costs_the_answer_and_not_the_loop()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b");
        hosts[1].Node.Answers = (_, _) => throw new InvalidOperationException("broken");
        var result = await hosts[0].Node.InspectAsync(hosts[1].Identity.Id, 1, 0, TimeSpan.FromMinutes(3), _patience);
        Assert.Equal(InspectionOutcome.Unknown, result!.Value.Outcome);
        Assert.Equal(0, (await hosts[1].ReportAsync()).LoopFailures);
    }

    [Fact]
    public async Task Calls_are_told_by_who_made_them()
    {
        await using var cluster = new TestCluster();
        var hosts = await cluster.StartAsync("a", "b");
        await hosts[1].Registrar.RegisterAsync(TestCluster.Payments(), _patience);
        await hosts[0].SeesAsync(snapshot => snapshot.GetInstances("payments").Count == 1, "payments");
        for (var i = 0; i < 5; i++)
            hosts[0].Discovery.Current.GetInstances("payments")[0].Begin().Complete(i == 0 ? CallOutcome.Failed : CallOutcome.Answered);

        var answers = await Ask(hosts[1], InspectionTopic.Calls);

        var reports = answers.Answers.Select(one => CallsContent.Read(one.Content)!).ToList();
        Assert.Equal(["a", "b"], reports.Select(report => report.From));
        var called = Assert.Single(reports[0].Calls);
        Assert.Equal(("payments", "p1", "b", 5, 1), (called.Service, called.Id, called.NodeName, called.LastMinute.Calls, called.LastMinute.Failures));
        Assert.Empty(reports[1].Calls);
    }

    private Task<ClusterAnswers> Ask(TestHost host, InspectionTopic topic) =>
        host.Services.GetRequiredService<GossipLifecycle>().Inspection.AskAsync(topic, _patience);

    private async Task<IReadOnlyList<StoryEntry>> StoryAsync(TestHost host)
    {
        var answers = await Ask(host, InspectionTopic.Events);
        return answers.Answers.Count < 3
            ? []
            : Story.Tell(answers.Answers.Select(one => new NodeRing(one.Id, one.Name, EventsContent.Read(one.Content)!.Events)));
    }

    private static Task<long> AnsweredAsync(TestHost host) => host.Node.AskAsync((node, _, _) => node.Counters.InspectionsAnswered).AsTask();

    private static string Text(IReadOnlyList<StoryEntry> story) =>
        string.Join('\n', story.Select(one => $"{StoryText.Of(one)} {string.Join(',', one.SeenBy.Select(by => $"{by.Name}#{by.Sequence}"))}"));
}
