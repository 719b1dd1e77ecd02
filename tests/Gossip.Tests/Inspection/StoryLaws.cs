using System.Globalization;
using System.Net;
using Gossip.Diagnostics;
using Gossip.Inspection;
using Gossip.Protocol;

namespace Gossip.Tests.Inspection;

/// <summary>
/// Several nodes see what happens to several members, each in an order of its own, with gaps, and with a clock that is off by hours: what
/// they tell together is one story, in which nothing comes before its cause.
/// </summary>
public sealed class StoryLaws
{
    [Law(200)]
    internal void The_order_and_the_number_of_the_rings_do_not_matter(Seed seed)
    {
        var rings = Draw(seed, out var random);
        var told = Text(Story.Tell(rings));

        var shuffled = rings.Select(ring => ring with { Events = Shuffled(ring.Events, random) }).ToArray();
        random.Shuffle(shuffled);
        Assert.Equal(told, Text(Story.Tell(shuffled)));
        Assert.Equal(told, Text(Story.Tell([.. rings, .. shuffled])));
        var pieces = rings.SelectMany(ring => new[]
        {
            ring with { Events = [.. ring.Events.Take(ring.Events.Count * 2 / 3)] }, ring with { Events = [.. ring.Events.Skip(ring.Events.Count / 3)] },
        });
        Assert.Equal(told, Text(Story.Tell(pieces)));
    }

    [Law(200)]
    internal void Nothing_comes_before_its_cause_whatever_the_clocks_say(Seed seed)
    {
        var story = Story.Tell(Draw(seed, out _));
        foreach (var member in story.GroupBy(one => one.Member))
        {
            var claims = member.Where(one => LevelOf(one.Kind) is not null).ToList();
            Assert.All(member.Zip(member.Skip(1)), pair => Assert.True(pair.First.Incarnation <= pair.Second.Incarnation, Text(story)));
            foreach (var incarnation in claims.GroupBy(one => one.Incarnation))
            {
                var levels = incarnation.Select(one => LevelOf(one.Kind)!.Value).ToList();
                Assert.True(levels.SequenceEqual(levels.Order()), Text(story));
                Assert.True(incarnation.Count(one => one.Kind == ClusterEventKind.MemberSuspected) <= 1, Text(story));
                Assert.True(
                    !incarnation.Any(one => one.Kind == ClusterEventKind.SuspicionConfirmed)
                    || incarnation.Any(one => one.Kind == ClusterEventKind.MemberSuspected), Text(story));
            }
        }
    }

    [Law(200)]
    internal void All_that_was_seen_is_told_once_and_each_node_keeps_its_word(Seed seed)
    {
        var rings = Draw(seed, out _);
        var story = Story.Tell(rings);
        var told = story.SelectMany(one => one.SeenBy.Select(seen => (seen.Node, seen.Sequence))).Order().ToList();
        Assert.Equal(rings.SelectMany(ring => ring.Events.Select(one => (ring.Node, one.Sequence))).Order(), told);
        foreach (var ring in rings)
        {
            // What concerns only the node itself stays in its order.
            var own = story.Where(one => one.Kind is ClusterEventKind.MemberOutOfReach or ClusterEventKind.MemberWithinReach)
                .GroupBy(one => (one.Member, one.Incarnation)).Select(one => one.SelectMany(entry => entry.SeenBy)
                    .Where(seen => seen.Node == ring.Node).Select(seen => seen.Sequence).ToList());
            Assert.All(own, sequences => Assert.Equal(sequences.Order(), sequences));
        }
    }

    [Law(200)]
    internal void Clocks_change_labels_and_nothing_else(Seed seed)
    {
        var rings = Draw(seed, out var random);
        var wrong = rings.Select(ring => ring with
        {
            Events = [.. ring.Events.Select(one => one with { Moment = one.Moment.AddHours(random.Next(-100, 100)) })],
        });
        Assert.Equal(Text(Story.Tell(rings), withTimes: false), Text(Story.Tell(wrong), withTimes: false));
    }

    [Law]
    internal void Nodes_that_saw_the_same_in_one_order_tell_it_in_that_order(Seed seed)
    {
        var first = Draw(seed, out _)[0];
        NodeRing[] rings = [first, first with { Node = new MemberId(98), Name = "x" }, first with { Node = new MemberId(99), Name = "y" }];
        rings = [.. rings.Select(ring => ring with { Events = [.. ring.Events.Where(one => LevelOf(one.Kind) is not null)] })];
        var story = Story.Tell(rings);
        Assert.Equal(
            rings[0].Events.Select(one => (one.Id, one.Incarnation, LevelOf(one.Kind))),
            story.Select(one => (one.Member, one.Incarnation, LevelOf(one.Kind))));
        Assert.All(story, one => Assert.Equal(3, one.SeenBy.Count));
    }

    [Fact]
    public void Two_who_accuse_at_once_are_one_who_accuses_and_one_who_confirms()
    {
        var (a, b, x) = (new MemberId(1), new MemberId(2), Member(9, 5));
        NodeRing[] rings =
        [
            new(a, "a", [Event(1, ClusterEventKind.MemberSuspected, x, a), Event(2, ClusterEventKind.SuspicionConfirmed, x, a, b), Event(3, ClusterEventKind.MemberDied, x, a, b)]),
            new(b, "b", [Event(1, ClusterEventKind.MemberSuspected, x, b), Event(2, ClusterEventKind.SuspicionConfirmed, x, b, a), Event(3, ClusterEventKind.MemberDied, x, b, a)]),
        ];
        var story = Story.Tell(rings);
        Assert.Equal(
            [ClusterEventKind.MemberSuspected, ClusterEventKind.SuspicionConfirmed, ClusterEventKind.MemberDied], story.Select(one => one.Kind));
        Assert.Equal([1, 1, 2], story.Select(one => one.Testimonies.Count));
        Assert.All(story, one => Assert.Equal(["a", "b"], one.SeenBy.Select(seen => seen.Name)));
    }

    [Fact]
    public void A_member_that_was_forgotten_and_is_found_again_in_one_incarnation_is_told_of_twice()
    {
        var (a, x) = (new MemberId(1), Member(9, 5));
        var story = Story.Tell([new(a, "a",
        [
            Event(1, ClusterEventKind.MemberJoined, x), Event(2, ClusterEventKind.MemberSuspected, x, a), Event(3, ClusterEventKind.MemberDied, x, a),
            Event(4, ClusterEventKind.MemberForgotten, x), Event(5, ClusterEventKind.MemberJoined, x), Event(6, ClusterEventKind.MemberSuspected, x, a),
        ])]);
        Assert.Equal([1, 2, 3, 4, 5, 6], story.Select(one => one.SeenBy[0].Sequence));
        Assert.Equal(ClusterEventKind.MemberSuspected, story[^1].Kind);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    public void A_process_has_joined_before_it_tells_of_itself(ulong node)
    {
        var (x, before) = (Member(node, 7), Member(4, 3));
        NodeRing[] rings =
        [
            new(x.Id, "x", [Event(1, ClusterEventKind.Synchronized, x), Event(2, ClusterEventKind.ServicesChanged, x)]),
            new(new MemberId(5), "a",
            [
                Event(1, ClusterEventKind.MemberJoined, before), Event(2, ClusterEventKind.MemberSuspected, before, new MemberId(5)),
                Event(3, ClusterEventKind.MemberDied, before, new MemberId(5)), Event(4, ClusterEventKind.MemberJoined, x),
            ]),
        ];
        Assert.Equal(
            [
                ClusterEventKind.MemberJoined, ClusterEventKind.MemberSuspected, ClusterEventKind.MemberDied, ClusterEventKind.MemberJoined,
                ClusterEventKind.Synchronized, ClusterEventKind.ServicesChanged,
            ],
            Story.Tell(rings).Select(one => one.Kind));
    }

    [Fact]
    public void A_process_that_takes_the_place_of_a_dead_one_is_told_after_it_though_all_that_it_found_was_new_to_it()
    {
        var (web, pay, before, after) = (Member(5, 1), Member(6, 1), Member(7, 2), Member(3, 9));
        NodeEvent Ready(int sequence, MemberProfile member) => Event(sequence, ClusterEventKind.ServicesChanged, member) with { RecordsVersion = 1 };
        NodeRing[] rings =
        [
            new(web.Id, "web",
            [
                Event(1, ClusterEventKind.MemberJoined, pay), Ready(2, web), Ready(3, pay), Event(4, ClusterEventKind.MemberJoined, before), Ready(5, before),
                Event(6, ClusterEventKind.Synchronized, web), Event(7, ClusterEventKind.MemberSuspected, before, web.Id),
                Event(8, ClusterEventKind.MemberDied, before, web.Id), Event(9, ClusterEventKind.MemberJoined, after), Ready(10, after),
            ]),
            new(after.Id, "after",
            [
                Ready(1, after), Event(2, ClusterEventKind.MemberJoined, pay), Event(3, ClusterEventKind.MemberJoined, web),
                Event(4, ClusterEventKind.Synchronized, after), Ready(5, pay), Ready(6, web),
            ]),
        ];
        var story = Story.Tell(rings).Select((one, place) => (one.Kind, one.Member, Place: place)).ToList();
        int PlaceOf(ClusterEventKind kind, MemberProfile member) => story.Single(one => one.Kind == kind && one.Member == member.Id).Place;
        Assert.True(PlaceOf(ClusterEventKind.MemberDied, before) < PlaceOf(ClusterEventKind.MemberJoined, after), string.Join('\n', story));
        Assert.True(PlaceOf(ClusterEventKind.MemberJoined, after) < PlaceOf(ClusterEventKind.Synchronized, after), string.Join('\n', story));
        Assert.True(PlaceOf(ClusterEventKind.MemberJoined, after) < PlaceOf(ClusterEventKind.ServicesChanged, after), string.Join('\n', story));
    }

    [Fact]
    public void What_a_member_says_of_itself_counts_and_else_what_most_say()
    {
        var x = Member(4, 7);
        NodeRing Ring(ulong node, string what) => new(
            new MemberId(node), $"n{node}", [Event(1, ClusterEventKind.ServicesChanged, x) with { What = what }]);
        string Told(params NodeRing[] rings) => Assert.Single(Story.Tell(rings)).What;
        Assert.Equal("p is ready", Told(Ring(1, "a lie that is long"), Ring(2, "p is ready"), Ring(3, "p is ready")));
        Assert.Equal("p is draining", Told(Ring(1, "a lie that is long"), Ring(2, "a lie that is long"), Ring(4, "p is draining")));

        var (accuser, word) = (new MemberId(2), new NamedTestimony("n2", Evidence.Silence, 0, null) { AccuserId = new MemberId(2) });
        NodeRing Accused(ulong node, Evidence evidence) => new(
            new MemberId(node), $"n{node}", [Event(1, ClusterEventKind.MemberDied, x, accuser) with { Testimonies = [word with { Evidence = evidence }] }]);
        var story = Story.Tell([Accused(1, Evidence.Replaced), Accused(2, Evidence.Silence), Accused(3, Evidence.Replaced)]);
        Assert.Equal(Evidence.Silence, Assert.Single(story).Testimonies[0].Evidence);
    }

    [Fact]
    public void Of_too_many_events_those_of_services_go_first_and_a_node_with_few_loses_none()
    {
        var x = Member(900, 7);
        NodeRing Busy(ulong node) => new(new MemberId(node), $"n{node}",
        [
            Event(1, ClusterEventKind.MemberDied, x),
            .. Enumerable.Range(2, 900).Select(i => Event(i, ClusterEventKind.ServicesChanged, Member(node, 1)) with { RecordsVersion = (ulong)i }),
        ]);
        NodeRing quiet = new(new MemberId(100), "quiet", [.. Enumerable.Range(1, 300).Select(i => Event(i, ClusterEventKind.MemberOutOfReach, x))]);
        var fitted = Story.Fit([.. Enumerable.Range(1, 50).Select(node => Busy((ulong)node)), quiet]);
        Assert.Equal(20_000, fitted.Sum(ring => ring.Events.Count));
        Assert.Equal((300, 0L), (fitted[^1].Events.Count, fitted[^1].Gone));
        Assert.All(fitted.SkipLast(1), ring =>
        {
            Assert.Equal((394, ClusterEventKind.MemberDied), (ring.Events.Count, ring.Events[0].Kind));
            Assert.Equal(ring.Events[1].Sequence - 1, ring.Gone);
            Assert.Equal(ring.Events[1].At, ring.Since);
        });
        Assert.Equal(fitted.Select(ring => (ring.Node, ring.Events.Count, ring.Gone)), Story.Fit(fitted).Select(ring => (ring.Node, ring.Events.Count, ring.Gone)));
    }

    [Fact]
    public void Where_two_nodes_saw_two_members_in_opposite_orders_the_story_still_ends()
    {
        var (x, y) = (Member(8, 1), Member(9, 1));
        NodeRing[] rings =
        [
            new(new MemberId(1), "a", [Event(1, ClusterEventKind.MemberJoined, x), Event(2, ClusterEventKind.MemberJoined, y)]),
            new(new MemberId(2), "b", [Event(1, ClusterEventKind.MemberJoined, y), Event(2, ClusterEventKind.MemberJoined, x)]),
            new(new MemberId(3), "c", [Event(1, ClusterEventKind.MemberJoined, y), Event(2, ClusterEventKind.MemberJoined, x)]),
        ];
        Assert.Equal([y.Id, x.Id], Story.Tell(rings).Select(one => one.Member));
    }

    [Fact]
    public void A_hostile_member_has_what_the_others_leave_of_the_story_and_no_more()
    {
        var flood = Enumerable.Range(1, 50_000).Select(i => Event(i, ClusterEventKind.MemberJoined, Member((ulong)i + 100, 1)));
        var story = Story.Tell([new(new MemberId(1), "a", [.. flood]), new(new MemberId(2), "b", [Event(1, ClusterEventKind.MemberLeft, Member(3, 1))])]);
        Assert.Equal(20_000, story.Count);
        Assert.Contains(story, one => one.Kind == ClusterEventKind.MemberLeft);
    }

    internal static MemberProfile Member(ulong id, ulong incarnation) => MemberProfile.Of(
        new MemberId(id), new Incarnation(incarnation), PeerAddress.From(new IPAddress([10, 0, 0, (byte)id]), 7390), $"node-{id}", "");

    internal static NodeEvent Event(long sequence, ClusterEventKind kind, MemberProfile member, params MemberId[] accusers) => new(
        DateTime.UnixEpoch.AddDays(20_000).AddSeconds(sequence), kind, member,
        [.. accusers.Select(accuser => new NamedTestimony($"node-{accuser.Value}", Evidence.Silence, 0, null) { AccuserId = accuser })])
    {
        Sequence = sequence,
    };

    private static int? LevelOf(ClusterEventKind kind) => kind switch
    {
        ClusterEventKind.MemberJoined or ClusterEventKind.MemberRefuted or ClusterEventKind.MemberUpdated => 0,
        ClusterEventKind.MemberSuspected or ClusterEventKind.SuspicionConfirmed => 1,
        ClusterEventKind.MemberDied => 2,
        ClusterEventKind.MemberLeft => 3,
        _ => null,
    };

    private static NodeEvent[] Shuffled(IReadOnlyList<NodeEvent> events, Random random)
    {
        NodeEvent[] shuffled = [.. events];
        random.Shuffle(shuffled);
        return shuffled;
    }

    private static string Text(IReadOnlyList<StoryEntry> story, bool withTimes = true) => string.Join('\n', story.Select(one =>
    {
        var words = string.Join(',', one.Testimonies.Select(word => word.Accuser));
        var seen = string.Join(',', one.SeenBy.Select(by => string.Create(
            CultureInfo.InvariantCulture, $"{by.Name}#{by.Sequence}{(withTimes ? by.At.ToString("O", CultureInfo.InvariantCulture) : "")}")));
        return $"{one.Kind} {one.Name}@{one.Incarnation} [{words}] {seen}";
    }));

    /// <summary>
    /// Three or four nodes see the lives of three members: each life is a chain of claims, of which a node sees some, in their order; the
    /// chains are mixed as it happens to each node.
    /// </summary>
    private static NodeRing[] Draw(Seed seed, out Random random)
    {
        var draw = random = new Random((int)seed.Value);
        var nodes = Enumerable.Range(1, draw.Next(3, 5)).Select(number => new MemberId((ulong)number)).ToArray();
        var lives = Enumerable.Range(1, 3).Select(number => Life((ulong)number + 10, nodes, draw)).ToArray();
        return [.. nodes.Select(node => Ring(node, lives, draw))];
    }

    private static List<(ClusterEventKind Kind, MemberProfile Member, MemberId[] Accusers)> Life(ulong id, MemberId[] nodes, Random random)
    {
        var life = new List<(ClusterEventKind, MemberProfile, MemberId[])>();
        var incarnation = (ulong)random.Next(1, 1_000_000);
        life.Add((ClusterEventKind.MemberJoined, Member(id, incarnation), []));
        for (var turns = random.Next(1, 4); turns > 0; turns--)
        {
            MemberId[] accusers = [.. nodes.OrderBy(_ => random.Next()).Take(random.Next(1, 4))];
            for (var i = 1; i <= accusers.Length; i++)
                life.Add((i == 1 ? ClusterEventKind.MemberSuspected : ClusterEventKind.SuspicionConfirmed, Member(id, incarnation), accusers[..i]));
            var dies = random.Next(3) == 0;
            if (dies)
                life.Add((ClusterEventKind.MemberDied, Member(id, incarnation), accusers));
            incarnation += (ulong)random.Next(1, 3);
            life.Add((dies ? ClusterEventKind.MemberJoined : ClusterEventKind.MemberRefuted, Member(id, incarnation), accusers));
        }

        if (random.Next(2) == 0)
            life.Add((ClusterEventKind.MemberLeft, Member(id, incarnation), []));
        return life;
    }

    private static NodeRing Ring(MemberId node, List<(ClusterEventKind Kind, MemberProfile Member, MemberId[] Accusers)>[] lives, Random random)
    {
        var (events, places, offset) = (new List<NodeEvent>(), new int[lives.Length], TimeSpan.FromHours(random.Next(-50, 50)));
        while (Enumerable.Range(0, lives.Length).Where(life => places[life] < lives[life].Count).ToArray() is { Length: > 0 } left)
        {
            var life = left[random.Next(left.Length)];
            var (kind, member, accusers) = lives[life][places[life]++];
            if (random.Next(5) == 0)
                continue;
            // Of a verdict the order of the accusers says nothing.
            var words = kind is ClusterEventKind.MemberSuspected or ClusterEventKind.SuspicionConfirmed ? accusers : [.. accusers.Reverse()];
            Add(kind, member, words);
            if (random.Next(4) == 0)
                Add(random.Next(2) == 0 ? ClusterEventKind.MemberOutOfReach : ClusterEventKind.MemberWithinReach, member, []);
        }

        return new NodeRing(node, $"node-{node.Value}", events);

        void Add(ClusterEventKind kind, MemberProfile member, MemberId[] accusers)
        {
            var happened = Event(events.Count + 1, kind, member, accusers);
            events.Add(happened with { Moment = happened.Moment + offset });
        }
    }
}
