using Gossip.Diagnostics;
using Gossip.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gossip.Tests.Diagnostics;

/// <summary>What is kept, so that "why was it suspected" has an answer later.</summary>
public sealed class EventJournalTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly NamedTestimony Heard = new("a", Evidence.Silence, 2, TimeSpan.FromMilliseconds(3));

    private readonly EventJournal _journal = new(ExaminationTests.Options(1), NullLogger.Instance);
    private int _said;

    public ValueTask DisposeAsync() => _journal.DisposeAsync();

    [Fact]
    public void Who_accused_on_what_evidence_and_how_well_it_was_is_told_by_name_id_and_address()
    {
        var member = Member(2);
        Say(ClusterEventKind.MemberSuspected, member, Heard);
        Say(ClusterEventKind.SuspicionConfirmed, member, Heard, new NamedTestimony("c", Evidence.Refused, 0, null));
        Say(ClusterEventKind.MemberSuspected, Member(3), Heard);

        foreach (var name in new[] { "NODE-2", member.Id.ToString(), member.Address.ToString() })
        {
            var told = _journal.Why(name);
            Assert.Equal([ClusterEventKind.MemberSuspected, ClusterEventKind.SuspicionConfirmed], told.Select(one => one.Kind));
            Assert.Equal([Heard], told[0].Testimonies);
            Assert.Equal(["a", "c"], told[1].Testimonies.Select(word => word.Accuser));
        }

        Assert.Empty(_journal.Why("nobody"));
    }

    [Fact]
    public void A_refuted_death_ends_with_its_refutation_and_a_first_join_is_no_verdict()
    {
        var member = Member(2);
        Say(ClusterEventKind.MemberJoined, member);
        Say(ClusterEventKind.MemberDied, member, Heard);
        Say(ClusterEventKind.MemberJoined, member, Heard);

        Assert.Equal([ClusterEventKind.MemberDied, ClusterEventKind.MemberJoined], _journal.Why("node-2").Select(one => one.Kind));
    }

    [Fact]
    public void What_is_kept_is_bounded_in_bytes_and_changes_of_services_push_no_verdict_out()
    {
        var member = Member(2);
        for (var i = 0; i < 5000; i++)
            Say(ClusterEventKind.MemberSuspected, member, Heard);
        for (var i = 0; i < 5000; i++)
            Say(ClusterEventKind.ServicesChanged, member);

        var all = _journal.EventsSince(0);
        var verdicts = _journal.Why("node-2");
        Assert.InRange(verdicts.Sum(one => one.Cost), EventJournal.KeptBytes * 9 / 10, EventJournal.KeptBytes);
        Assert.InRange(
            all.Events.Where(one => one.IsOfServices).Sum(one => one.Cost),
            EventJournal.KeptBytesOfServices * 9 / 10,
            EventJournal.KeptBytesOfServices);
        Assert.Equal(Start.AddSeconds(5000 - verdicts.Count), verdicts[0].At);
        Assert.Equal(128, _journal.Recent().Count);
        Assert.Equal(10_000, _journal.Recent()[^1].Sequence);
    }

    [Fact]
    public void Events_are_numbered_from_one_and_a_reader_goes_on_where_it_was()
    {
        Assert.Equal((0, false), (_journal.EventsSince(0).Last, _journal.EventsSince(0).IsGap));
        var member = Member(2);
        foreach (var kind in new[] { ClusterEventKind.MemberJoined, ClusterEventKind.ServicesChanged, ClusterEventKind.MemberLeft })
            Say(kind, member);

        Assert.Equal([1, 2, 3], _journal.EventsSince(0).Events.Select(one => one.Sequence));
        var next = _journal.EventsSince(1);
        Assert.Equal([ClusterEventKind.ServicesChanged, ClusterEventKind.MemberLeft], next.Events.Select(one => one.Kind));
        Assert.Equal((3, false), (next.Last, next.IsGap));
        Assert.Empty(_journal.EventsSince(3).Events);
        Assert.Empty(_journal.EventsSince(99).Events);
    }

    [Fact]
    public void Whoever_was_away_for_too_long_is_told_that_something_is_gone()
    {
        var member = Member(2);
        Say(ClusterEventKind.MemberSuspected, member, Heard);
        for (var i = 0; i < 400; i++)
            Say(ClusterEventKind.ServicesChanged, member);

        var oldest = _journal.EventsSince(0).Events.First(one => one.IsOfServices).Sequence;
        Assert.InRange(oldest, 3, 400);
        Assert.True(_journal.EventsSince(0).IsGap);
        Assert.True(_journal.EventsSince(oldest - 2).IsGap);
        Assert.False(_journal.EventsSince(oldest - 1).IsGap);
        Assert.Equal(1, _journal.EventsSince(0).Events[0].Sequence);
    }

    [Fact]
    public async Task A_reader_beside_the_loop_misses_nothing_that_it_is_not_told_of()
    {
        var (member, count) = (Member(2), Nightly.Times(20_000, 200_000));
        var reading = Task.Run(() =>
        {
            for (var since = 0L; since < count;)
            {
                var read = _journal.EventsSince(since);
                Assert.All(read.Events.Zip(read.Events.Skip(1)), pair => Assert.True(pair.First.Sequence < pair.Second.Sequence));
                Assert.All(read.Events, one => Assert.InRange(one.Sequence, since + 1, read.Last));
                if (!read.IsGap)
                    Assert.Equal(read.Last - since, read.Events.Count);
                since = read.Last;
            }
        });
        for (var i = 0; i < count; i++)
            Say(i % 3 == 0 ? ClusterEventKind.MemberSuspected : ClusterEventKind.ServicesChanged, member, Heard);
        await reading.WaitAsync(Eventually.Patience());
    }

    [Fact]
    public async Task A_loop_that_fails_and_fails_says_so_every_ten_seconds_by_its_own_clock()
    {
        using var log = new TestLog();
        var journal = new EventJournal(ExaminationTests.Options(1), log.CreateLogger(""));
        foreach (var seconds in new double[] { 0, 0.1, 9.9, 10, 15, 19.9, 20 })
            journal.Add(new InvalidOperationException($"at {seconds}"), new Instant(TimeSpan.FromSeconds(seconds)));
        await journal.DisposeAsync();
        Assert.Equal(3, log.Warnings.Count());
    }

    [Fact]
    public async Task Members_that_were_there_before_are_told_in_one_line_and_each_that_comes_later_in_one_of_its_own()
    {
        using var log = new TestLog();
        var journal = new EventJournal(ExaminationTests.Options(1), log.CreateLogger(""));
        foreach (var (kind, number) in new[]
        {
            (ClusterEventKind.MemberJoined, 2), (ClusterEventKind.MemberJoined, 3),
            (ClusterEventKind.Synchronized, 1), (ClusterEventKind.MemberJoined, 4),
        })
            journal.Add(new ClusterEvent(kind, default, Member(number)), Start, []);
        await journal.DisposeAsync();

        Assert.Collection(
            log.Entries.Where(entry => entry.Level == LogLevel.Information).Select(entry => entry.Text),
            line => Assert.EndsWith("; other members found: 2", line),
            line => Assert.Matches("^node-4 at .* joined$", line));
    }

    private static Member Member(int number) => new Node(ExaminationTests.Options(number), new Randomness(1), default).Self;

    private void Say(ClusterEventKind kind, Member member, params NamedTestimony[] words) =>
        _journal.Add(new ClusterEvent(kind, default, member), Start.AddSeconds(_said++), words);
}
