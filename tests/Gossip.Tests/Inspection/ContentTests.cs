using System.Text;
using Gossip.Diagnostics;
using Gossip.Inspection;
using Gossip.Protocol;
using Gossip.Statistics;

namespace Gossip.Tests.Inspection;

/// <summary>What members answer each other is read as it was written, and no foreign byte does harm.</summary>
public sealed class ContentTests
{
    private static readonly MemberId Accuser = new(7);

    [Fact]
    public void Events_are_read_as_they_were_written()
    {
        var word = new NamedTestimony("größe", Evidence.RelayedSilence, 3, TimeSpan.FromMicroseconds(1_250)) { AccuserId = Accuser };
        var first = StoryLaws.Event(5, ClusterEventKind.MemberSuspected, StoryLaws.Member(9, 77)) with { Testimonies = [word], RecordsVersion = 12 };
        var second = StoryLaws.Event(6, ClusterEventKind.MemberLeft, StoryLaws.Member(9, 77));

        var read = EventsContent.Read(EventsContent.Write(new JournalReading([first, second], 6, Gone: 4)))!;

        Assert.Equal((6, true), (read.Last, read.IsGap));
        Assert.Equal([Told(first), Told(second)], read.Events.Select(Told));
        Assert.Equal([word], read.Events[0].Testimonies);
    }

    private static (long, DateTimeOffset, ClusterEventKind, MemberId, Incarnation, string, PeerAddress, ulong) Told(NodeEvent one) =>
        (one.Sequence, one.At, one.Kind, one.Id, one.Incarnation, one.Name, one.Address, one.RecordsVersion);

    [Fact]
    public void Of_too_many_events_the_newest_are_told_and_that_others_are_not()
    {
        NodeEvent[] many = [.. Enumerable.Range(1, 5_000).Select(i => StoryLaws.Event(i, ClusterEventKind.MemberSuspected, StoryLaws.Member(9, 1), Accuser))];
        var content = EventsContent.Write(new JournalReading(many, 5_000, Gone: 0));
        Assert.InRange(content.Length, Limits.InspectionBytes * 9 / 10, Limits.InspectionBytes);
        var read = EventsContent.Read(content)!;
        Assert.True(read.IsGap);
        Assert.Equal(5_000, read.Events[^1].Sequence);
        Assert.Equal(read.Events.Count, read.Events[^1].Sequence - read.Events[0].Sequence + 1);
    }

    [Fact]
    public void Calls_are_read_as_they_were_written()
    {
        var tally = new LatencyTally();
        for (var i = 0; i < 300; i++)
            tally.Answer(i, 61_000);
        tally.Fail(61_000);
        var called = new CalledInstance("payments", "payments-2", new MemberId(5), "host-2", 4, tally.Read(61_000));

        var read = CallsContent.Read(CallsContent.Write(new CallsReport("orders", [called])))!;

        Assert.Equal("orders", read.From);
        var back = Assert.Single(read.Calls);
        Assert.Equal(called.LastMinute.Counts, back.LastMinute.Counts);
        Assert.Equal(called with { LastMinute = LatencySample.None }, back with { LastMinute = LatencySample.None });
        Assert.Equal((1, 61.0), (back.LastMinute.Failures, back.LastMinute.Seconds));
    }

    [Fact]
    public void Of_too_many_called_instances_those_are_told_that_are_called_most()
    {
        var counts = Enumerable.Repeat(1_000_000L, LatencyTally.Buckets).ToArray();
        CalledInstance[] many = [.. Enumerable.Range(1, 2_000).Select(i => new CalledInstance("s", $"i{i}", new MemberId(5), "n", 0, new LatencySample(counts, i, 60)))];
        var content = CallsContent.Write(new CallsReport("orders", many));
        Assert.InRange(content.Length, 1, Limits.InspectionBytes);
        var read = CallsContent.Read(content)!;
        Assert.Equal("i2000", read.Calls[0].Id);
        Assert.Equal(2_000, read.Calls.Count + read.LeftOut);
    }

    [Fact]
    public void Of_what_many_tell_a_process_that_calls_few_loses_nothing_and_one_that_hangs_comes_first()
    {
        CalledInstance Called(int i, long inFlight) => new("s", $"i{i}", new MemberId(5), "n", inFlight, LatencySample.None) { IsGone = inFlight > 0 };
        MemberAnswer Answer(int node, int instances) => new(
            new MemberId((ulong)node), $"n{node}",
            CallsContent.Write(new CallsReport("web", [.. Enumerable.Range(1, instances).Select(i => Called(i, inFlight: i == instances ? 3 : 0))])));
        MemberAnswer[] answers = [.. Enumerable.Range(1, 99).Select(node => Answer(node, 300)), Answer(100, 150)];

        var reports = CallsContent.Read(answers);

        Assert.Equal(20_000, reports.Sum(report => report.Calls.Count), 100.0);
        Assert.Equal((150, 0), (reports[^1].Calls.Count, reports[^1].LeftOut));
        Assert.Equal(99 * 300 + 150, reports.Sum(report => report.Calls.Count + report.LeftOut));
        Assert.All(reports, report => Assert.Equal((3, true), (report.Calls[0].InFlight, report.Calls[0].IsGone)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"events\":5}")]
    [InlineData("{\"events\":[[]]}")]
    [InlineData("{\"last\":1e400}")]
    [InlineData("{\"from\":\"\\ud800\",\"calls\":[],\"events\":[{\"name\":\"\\ud800\"}]}")]
    public void Bytes_that_are_no_content_are_none(string text)
    {
        Assert.Null(EventsContent.Read(Encoding.UTF8.GetBytes(text)));
        Assert.Null(CallsContent.Read(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void Depth_without_end_is_refused_and_what_a_later_version_tells_is_skipped()
    {
        var deep = Encoding.UTF8.GetBytes("{\"events\":[{\"words\":[{\"later\":" + new string('[', 50_000));
        Assert.Null(EventsContent.Read(deep));
        Assert.Empty(EventsContent.Read("{\"last\":3,\"later\":{\"a\":[1]},\"events\":[]}"u8)!.Events);
    }

    [Theory]
    [InlineData("\"sequence\":0")]
    [InlineData("\"at\":-1")]
    [InlineData("\"at\":9000000000000000000")]
    [InlineData("\"kind\":\"SomethingNew\"")]
    [InlineData("\"kind\":\"99\"")]
    [InlineData("\"id\":\"0\"")]
    [InlineData("\"id\":\"xyz\"")]
    [InlineData("\"incarnation\":0")]
    [InlineData("\"name\":\"a\\u202eb\"")]
    [InlineData("\"name\":\"\"")]
    [InlineData("\"address\":\"nowhere\"")]
    public void An_event_that_breaks_the_rules_is_left_out(string broken)
    {
        const string Good = "\"sequence\":1,\"at\":5,\"kind\":\"MemberLeft\",\"id\":\"00ff\",\"incarnation\":3,\"name\":\"b\",\"address\":\"10.0.0.1:7\"";
        var content = Encoding.UTF8.GetBytes($"{{\"events\":[{{{Good}}},{{{Good},{broken}}},null]}}");
        Assert.Single(EventsContent.Read(content)!.Events);
    }

    [Fact]
    public void Of_many_answers_each_has_the_same_share()
    {
        var calls = Enumerable.Range(0, 1_000).Select(number => new CalledInstance("payments", $"p{number}", new MemberId(1), "n", 0, LatencySample.None with { Failures = 1 }));
        var content = CallsContent.Write(new CallsReport("orders", [.. calls]));
        Assert.Equal(1_000, CallsContent.Read(content)!.Calls.Count);

        var reports = CallsContent.Read([.. Enumerable.Range(1, 40).Select(number => new MemberAnswer(new MemberId((ulong)number), "n", content))]);

        Assert.Equal(40, reports.Count);
        Assert.All(reports, report => Assert.Equal(500, report.Calls.Count));
    }

    [Fact]
    public void Absurd_numbers_of_calls_are_cut()
    {
        var content = """
            {"from":"a","calls":[{"service":"s","id":"i","nodeId":"5","node":"n","inFlight":-4,"failures":9000000000000000000,"seconds":1e300,
            "answers":[-1,5,80,5,3,-7,4,9000000000000000000,79]},{"service":"s"}]}
            """u8;
        var called = Assert.Single(CallsContent.Read(content)!.Calls);
        Assert.Equal((0, 1_000_000_000, 3_600.0), (called.InFlight, called.LastMinute.Failures, called.LastMinute.Seconds));
        Assert.Equal([4], called.LastMinute.Counts.Index().Where(one => one.Item > 0).Select(one => one.Index));
    }

    [Law(500)]
    internal void Whatever_the_bytes_are_reading_them_does_not_throw(Seed seed)
    {
        var random = new Random((int)seed.Value);
        var events = EventsContent.Write(new JournalReading([StoryLaws.Event(5, ClusterEventKind.MemberDied, StoryLaws.Member(9, 77), Accuser)], 6, 4));
        var calls = CallsContent.Write(new CallsReport("a", [new CalledInstance("s", "i", Accuser, "n", 1, new LatencySample(new long[LatencyTally.Buckets], 1, 2))]));
        foreach (var content in new[] { events, calls })
        {
            for (var changes = random.Next(1, 6); changes > 0; changes--)
                content[random.Next(content.Length)] = (byte)random.Next(256);
            EventsContent.Read(content);
            CallsContent.Read(content);
        }
    }
}
