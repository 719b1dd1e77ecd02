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
    public void Both_rings_are_bounded_and_changes_of_services_push_no_verdict_out()
    {
        var member = Member(2);
        for (var i = 0; i < 600; i++)
            Say(ClusterEventKind.MemberSuspected, member, Heard);
        for (var i = 0; i < 1000; i++)
            Say(ClusterEventKind.ServicesChanged, member);

        var verdicts = _journal.Why("node-2");
        Assert.Equal(512, verdicts.Count);
        Assert.Equal(Start.AddSeconds(600 - 512), verdicts[0].At);
        Assert.Equal(128, _journal.Recent().Count);
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
