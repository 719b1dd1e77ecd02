using System.Net;
using Gossip.Simulation;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests;

/// <summary>Hosts that ask each other for what they keep; and others, who get nothing.</summary>
public sealed class InspectionScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);
    private static readonly PeerAddress Stranger = PeerAddress.From(IPAddress.Parse("192.0.2.1"), 9999);

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, Limits.InspectionBytes)]
    [InlineData(true, Limits.InspectionBytes)]
    public void A_question_comes_to_the_members_host_and_its_answer_comes_back(bool isSealed, int bytes)
    {
        using var world = new World(1);
        world.AddCluster(4, options => options with { Key = isSealed ? new byte[32] : default });
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        var content = Sample.Bytes(new Randomness(1), bytes);

        var sequence = Ask(world.Nodes[0], world.Nodes[2], topic: 3, since: 77);
        world.RunFor(Moment);
        var question = Assert.Single(Questions(world.Nodes[2]));
        Assert.Equal((world.Nodes[0].Node.Self.Id, (byte)3, 77UL), (question.Asked.Sender, question.Asked.Topic, question.Asked.Since));
        Answer(world.Nodes[2], question, content);
        world.RunFor(Moment);

        var result = Assert.Single(Results(world.Nodes[0]));
        Assert.Equal((sequence, InspectionOutcome.Answered), (result.Sequence, result.Outcome));
        Assert.Equal(content, result.Content);
        Assert.Equal((1, 0), (world.Nodes[2].Node.Counters.InspectionsAnswered, world.Nodes[2].Node.Counters.InspectionsRefused));
        world.RunFor(10 * Second);
        Assert.Empty(Results(world.Nodes[0]));
    }

    /// <summary>From the recorder's own stream, as often as it likes: it cannot read the answers, but they would be long.</summary>
    [Fact]
    public void A_recorded_question_draws_no_answer()
    {
        using var world = new World(1);
        world.AddCluster(4, options => options with { Key = new byte[32] });
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        var asked = world.Nodes[2];
        var recorded = Array.Empty<byte>();
        world.Network.Tap = (from, to, delivery, bytes) =>
            recorded = from == world.Nodes[0] && to == asked.Address && delivery == Delivery.Stream ? bytes.ToArray() : recorded;
        Ask(world.Nodes[0], asked);
        world.RunFor(Moment);
        Answer(asked, Assert.Single(Questions(asked)), [1]);
        var uninvited = asked.Node.Counters.Dropped(DropReason.Uninvited);

        for (var again = 0; again < 5; again++)
            asked.Do((node, now, outbox) => node.Receive(now, Stranger, recorded, Delivery.Stream, outbox));

        Assert.Empty(Questions(asked));
        Assert.Equal(5, asked.Node.Counters.Dropped(DropReason.Uninvited) - uninvited);
        Assert.Equal(0, asked.Node.Counters.InspectionsRefused);
    }

    [Fact]
    public void A_host_that_does_not_know_what_is_asked_for_says_so()
    {
        using var world = Standing(1, 3);
        Ask(world.Nodes[0], world.Nodes[1]);
        world.RunFor(Moment);
        Answer(world.Nodes[1], Assert.Single(Questions(world.Nodes[1])), null);
        world.RunFor(Moment);
        Assert.Equal(InspectionOutcome.Unknown, Assert.Single(Results(world.Nodes[0])).Outcome);
    }

    [Fact]
    public void Whoever_asks_waits_so_long_and_a_late_answer_is_none()
    {
        using var world = Standing(1, 3);
        Ask(world.Nodes[0], world.Nodes[1], patience: Second);
        world.RunFor(Second - Moment);
        Assert.Empty(Results(world.Nodes[0]));
        world.RunFor(2 * Moment);
        Assert.Equal(InspectionOutcome.Silent, Assert.Single(Results(world.Nodes[0])).Outcome);

        Answer(world.Nodes[1], Assert.Single(Questions(world.Nodes[1])), [1]);
        world.RunFor(Moment);
        Assert.Empty(Results(world.Nodes[0]));
        Assert.Equal(1, world.Nodes[0].Node.Counters.Dropped(DropReason.Uninvited));
    }

    [Fact]
    public void Of_a_process_that_is_gone_that_is_known_at_once()
    {
        using var world = Standing(1, 3);
        world.Nodes[1].Crash();
        Ask(world.Nodes[0], world.Nodes[1], patience: 60 * Second);
        world.RunFor(Moment);
        Assert.Equal(InspectionOutcome.Unreachable, Assert.Single(Results(world.Nodes[0])).Outcome);
    }

    [Fact]
    public void Nobody_is_asked_who_is_no_live_member_and_nobody_asks_itself()
    {
        using var world = Standing(1, 3);
        world.Nodes[1].Leave();
        world.RunFor(Second);
        Assert.Null(Ask(world.Nodes[0], world.Nodes[1]));
        Assert.Null(Ask(world.Nodes[0], world.Nodes[0]));
        Assert.Null(Ask(world.Nodes[1], world.Nodes[0]));
        world.Nodes[0].Do((node, now, outbox) => Assert.Null(node.Inspect(now, new MemberId(99), 1, 0, Second, outbox)));
    }

    [Fact]
    public void So_much_is_asked_at_a_time_and_no_more_until_the_host_has_taken_the_answers()
    {
        using var world = Standing(1, 2);
        for (var i = 0; i < Limits.InspectionsAsked; i++)
            Assert.NotNull(Ask(world.Nodes[0], world.Nodes[1]));
        Assert.Null(Ask(world.Nodes[0], world.Nodes[1]));
        world.RunFor(60 * Second);
        Assert.Null(Ask(world.Nodes[0], world.Nodes[1]));
        Assert.Equal(Limits.InspectionsAsked, Results(world.Nodes[0]).Count);
        Assert.NotNull(Ask(world.Nodes[0], world.Nodes[1]));
    }

    [Fact]
    public void A_member_that_asks_again_before_it_has_its_answer_is_refused_and_told()
    {
        using var world = Standing(1, 3);
        Ask(world.Nodes[0], world.Nodes[1]);
        Ask(world.Nodes[0], world.Nodes[1]);
        Ask(world.Nodes[2], world.Nodes[1]);
        world.RunFor(Moment);

        Assert.Equal(InspectionOutcome.Busy, Assert.Single(Results(world.Nodes[0])).Outcome);
        Assert.Equal(1, world.Nodes[1].Node.Counters.InspectionsRefused);
        foreach (var question in Questions(world.Nodes[1]))
            Answer(world.Nodes[1], question, [1]);
        world.RunFor(Moment);
        Assert.Equal(InspectionOutcome.Answered, Assert.Single(Results(world.Nodes[0])).Outcome);
        Assert.Equal(InspectionOutcome.Answered, Assert.Single(Results(world.Nodes[2])).Outcome);
    }

    [Fact]
    public void A_member_may_look_at_two_things_at_once_and_at_no_third()
    {
        using var world = Standing(1, 2);
        foreach (byte topic in new byte[] { 1, 2, 3 })
            Ask(world.Nodes[0], world.Nodes[1], topic);
        world.RunFor(Moment);

        Assert.Equal(InspectionOutcome.Busy, Assert.Single(Results(world.Nodes[0])).Outcome);
        Assert.Equal([1, 2], Questions(world.Nodes[1]).Select(question => (int)question.Asked.Topic));
    }

    [Fact]
    public void Ten_questions_are_answered_at_once_and_then_five_a_second_whoever_asks()
    {
        using var world = Standing(1, 21);
        var asked = world.Nodes[20];
        var (answered, refused) = (0, 0);
        for (var step = 0; step < 100; step++)
        {
            foreach (var asking in world.Nodes.Take(20))
                Ask(asking, asked);
            world.RunFor(Moment);
            foreach (var question in Questions(asked))
                Answer(asked, question, [1]);
            world.RunFor(Moment);
            foreach (var result in world.Nodes.Take(20).SelectMany(Results))
                (answered, refused) = result.Outcome == InspectionOutcome.Busy ? (answered, refused + 1) : (answered + 1, refused);
        }

        Assert.InRange(answered, 28, 31);
        Assert.Equal(2000, answered + refused);
        Assert.Equal((answered, refused), (asked.Node.Counters.InspectionsAnswered, asked.Node.Counters.InspectionsRefused));
    }

    [Fact]
    public void A_host_that_never_answers_holds_up_nobody_for_ever()
    {
        using var world = Standing(1, 12);
        var (asked, refused) = (world.Nodes[11], 0);
        for (var step = 0; step < 200; step++)
        {
            foreach (var asking in world.Nodes.Take(11))
                Ask(asking, asked, patience: Second);
            world.RunFor(0.2 * Second);
            refused += world.Nodes.Take(11).SelectMany(Results).Count(result => result.Outcome == InspectionOutcome.Busy);
            Assert.All(asked.Node.Sizes, size => Assert.True(size.IsBounded, size.ToString()));
        }

        Assert.InRange(refused, 1000, 200 * 11);
        Assert.InRange(Questions(asked).Count, 1, Limits.InspectionsUnderWay);
        world.RunFor(6 * Second);
        Results(world.Nodes[0]);
        Ask(world.Nodes[0], asked);
        world.RunFor(Moment);
        Answer(asked, Questions(asked)[^1], [1]);
        world.RunFor(Moment);
        Assert.Equal(InspectionOutcome.Answered, Assert.Single(Results(world.Nodes[0])).Outcome);
    }

    [Fact]
    public void Only_a_live_member_of_this_cluster_is_answered_by_stream_and_from_its_own_host()
    {
        using var world = Standing(1, 4);
        var (asked, member) = (world.Nodes[0], world.Nodes[1].Node.Self);
        world.Nodes[3].Leave();
        world.RunFor(Second);
        var (tag, sent) = (asked.Node.Self.Id.Tag, 0);
        world.Network.Tap = (_, to, _, packet) => sent += to == Stranger || Foreign.Holds(packet, MessageType.Inspected) ? 1 : 0;

        Tell(asked, Stranger, Delivery.Stream, new Inspect(1, 2, new MemberId(99), tag, 1, 0));
        Tell(asked, Stranger, Delivery.Stream, new Inspect(1, 2, member.Id, tag, 1, 0));
        Tell(asked, member.Address, Delivery.Datagram, new Inspect(1, 2, member.Id, tag, 1, 0));
        Tell(asked, member.Address, Delivery.Stream, new Inspect(1, 2, member.Id, tag + 1, 1, 0));
        Tell(asked, asked.Address, Delivery.Stream, new Inspect(1, 2, asked.Node.Self.Id, tag, 1, 0));
        Tell(asked, world.Nodes[3].Address, Delivery.Stream, new Inspect(1, 2, world.Nodes[3].Node.Self.Id, tag, 1, 0));
        world.RunFor(Second);

        Assert.Empty(Questions(asked));
        Assert.Equal(0, sent);
        Assert.Equal(6, asked.Node.Counters.Dropped(DropReason.Uninvited));
        Tell(asked, member.Address.WithPort(50_000), Delivery.Stream, new Inspect(1, 2, member.Id, tag, 1, 0));
        Assert.Single(Questions(asked));
    }

    [Fact]
    public void Nobody_answers_in_a_members_place_and_no_answer_counts_twice()
    {
        using var world = Standing(1, 3);
        var (asking, member) = (world.Nodes[0], world.Nodes[1].Node.Self);
        Inspect asked = default;
        world.Network.Tap = (_, _, _, packet) => asked = Foreign.Holds(packet, MessageType.Inspect) ? ReadInspect(packet) : asked;
        Ask(asking, world.Nodes[1], patience: 5 * Second);

        foreach (var (from, delivery, sequence, token) in new[]
        {
            (member.Address, Delivery.Stream, asked.Sequence, asked.Token + 1),
            (member.Address, Delivery.Stream, asked.Sequence + 1, asked.Token),
            (member.Address, Delivery.Datagram, asked.Sequence, asked.Token),
            (Stranger, Delivery.Stream, asked.Sequence, asked.Token),
        })
            Tell(asking, from, delivery, sequence, token);
        Assert.Empty(Results(asking));
        Assert.Equal(4, asking.Node.Counters.Dropped(DropReason.Uninvited));

        for (var i = 0; i < 1000; i++)
            Tell(asking, member.Address, Delivery.Stream, asked.Sequence, asked.Token);
        Assert.Equal(InspectionOutcome.Answered, Assert.Single(Results(asking)).Outcome);
        Assert.Equal(4 + 999, asking.Node.Counters.Dropped(DropReason.Uninvited));
    }

    [Fact]
    public void A_flood_of_questions_draws_no_more_bytes_than_it_brings_and_asks_the_host_little()
    {
        using var world = Standing(1, 3);
        var (asked, member) = (world.Nodes[0], world.Nodes[1].Node.Self);
        var (brought, drawn, taken) = (0L, 0L, 0);
        world.Network.Tap = (from, _, _, packet) => drawn += from == asked && Foreign.Holds(packet, MessageType.Inspected) ? packet.Length : 0;

        for (var i = 0U; i < 10_000; i++)
        {
            brought += Tell(asked, member.Address, Delivery.Stream, new Inspect(i, i, member.Id, asked.Node.Self.Id.Tag, (byte)i, i));
            taken += Questions(asked).Count;
        }

        Assert.Equal(2, taken);
        Assert.Equal(9_998, asked.Node.Counters.InspectionsRefused);
        Assert.InRange(drawn, 1, brought);
    }

    [Fact]
    public void A_version_that_knows_no_such_question_leaves_it_unanswered_and_takes_no_harm()
    {
        using var world = Standing(1, 3);
        var old = world.Nodes[1];
        world.Nodes[0].Rewrite = packet => Foreign.Holds(packet, MessageType.Inspect) ? Foreign.FrameOf([0x92, 0x63, 0xC0]) : packet;
        Ask(world.Nodes[0], old);
        world.RunFor(3 * Second);

        Assert.Equal(InspectionOutcome.Silent, Assert.Single(Results(world.Nodes[0])).Outcome);
        Assert.Equal(1, old.Node.Counters.Dropped(DropReason.UnknownMessage));
        Assert.True(world.IsInAgreement(), world.ToString());
    }

    [Fact]
    public void A_host_may_not_answer_more_than_fits()
    {
        using var world = Standing(1, 2);
        Ask(world.Nodes[0], world.Nodes[1]);
        world.RunFor(Moment);
        var question = Assert.Single(Questions(world.Nodes[1]));
        Assert.Throws<ArgumentException>(() => Answer(world.Nodes[1], question, new byte[Limits.InspectionBytes + 1]));
    }

    private static uint? Ask(SimulatedNode asking, SimulatedNode asked, byte topic = 1, ulong since = 0, TimeSpan? patience = null)
    {
        uint? sequence = null;
        asking.Do((node, now, outbox) => sequence = node.Inspect(now, asked.Node.Self.Id, topic, since, patience ?? 2 * Second, outbox));
        return sequence;
    }

    private static void Answer(SimulatedNode asked, InspectionQuestion question, byte[]? content) =>
        asked.Do((node, now, outbox) => node.AnswerInspection(now, question, content, outbox));

    private static List<InspectionQuestion> Questions(SimulatedNode asked)
    {
        var questions = new List<InspectionQuestion>();
        while (asked.Node.TryTakeQuestion(out var question))
            questions.Add(question);
        return questions;
    }

    private static List<InspectionResult> Results(SimulatedNode asking)
    {
        var results = new List<InspectionResult>();
        while (asking.Node.TryTakeResult(out var result))
            results.Add(result);
        return results;
    }

    private static Inspect ReadInspect(byte[] packet)
    {
        var reader = new PacketReader(Foreign.BodyOf(packet));
        Assert.True(reader.TryNext(out _, out var message));
        Assert.True(PacketReader.TryInspect(message, out var asked));
        return asked;
    }

    private static int Tell(SimulatedNode node, PeerAddress from, Delivery delivery, Inspect question)
    {
        var body = new byte[64];
        var writer = new PacketWriter(body);
        Assert.True(writer.TryInspect(question));
        return Receive(node, from, delivery, body.AsSpan(0, writer.Length));
    }

    private static void Tell(SimulatedNode node, PeerAddress from, Delivery delivery, uint sequence, uint token)
    {
        var body = new byte[64];
        var writer = new PacketWriter(body);
        Assert.True(writer.TryInspected(new Inspected { Sequence = sequence, Token = token, Outcome = 0, Content = [1] }));
        Receive(node, from, delivery, body.AsSpan(0, writer.Length));
    }

    private static int Receive(SimulatedNode node, PeerAddress from, Delivery delivery, ReadOnlySpan<byte> body)
    {
        var frame = Foreign.FrameOf(body);
        node.Do((protocol, now, outbox) => protocol.Receive(now, from, frame, delivery, outbox));
        return frame.Length;
    }
}
