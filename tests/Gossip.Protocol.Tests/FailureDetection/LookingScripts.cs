using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>Members that look for themselves, and nodes that doubt themselves.</summary>
public sealed class LookingScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Witnesses_confirm_a_suspicion_within_a_second_and_rounds_alone_do_not()
    {
        Assert.InRange(ConfirmationsASecondAfterTheFirstSuspicion(witnesses: 4), 3, 4);
        Assert.InRange(ConfirmationsASecondAfterTheFirstSuspicion(witnesses: 0), 0, 1);
    }

    [Fact]
    public void A_witness_whom_the_suspect_answers_confirms_nothing()
    {
        using var world = Converged(16);
        var (accuser, suspect) = (world.Nodes[2], world.Nodes[5]);
        var start = world.Now;

        Accuse(world, accuser, suspect);
        world.RunFor(3 * Second);

        var said = world.Observations.Where(seen => seen.At > start && seen.Member == suspect.Node.Self.Id).Select(seen => seen.Kind).ToHashSet();
        Assert.Contains(ClusterEventKind.MemberRefuted, said);
        Assert.DoesNotContain(ClusterEventKind.SuspicionConfirmed, said);
        Assert.DoesNotContain(ClusterEventKind.MemberDied, said);
        Assert.True(world.IsInAgreement(), world.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_would_condemn_without_confirmations_looks_once_more(bool looks)
    {
        using var world = Converged(8, options => options with { VerifyVerdicts = looks, Witnesses = 0, SuspicionBeta = 1, CoordinateProbes = false });
        var (condemning, suspect) = (world.Nodes[2], world.Nodes[5]);
        foreach (var other in world.Nodes.Where(other => other != condemning))
        {
            world.Network.Cut(condemning, other);
            world.Network.Cut(other, condemning);
        }

        Accuse(world, condemning, suspect);
        world.RunFor(1.9 * Second);
        var pings = 0;
        world.Network.Tap = (from, to, _, packet) =>
            pings += from == condemning && to == suspect.Address && Foreign.Holds(packet, MessageType.Ping) ? 1 : 0;
        var died = world.RunUntil(() => world.Observations.Any(seen => seen.Kind == ClusterEventKind.MemberDied && seen.Observer == condemning && seen.Member == suspect.Node.Self.Id), 60 * Second);

        Assert.True(died, "A lone survivor must conclude in the end.");
        Assert.True(looks ? pings >= 3 : pings < 3, $"{pings} pings");
    }

    [Fact]
    public void Who_hears_nobody_concludes_later_and_takes_it_all_back_when_it_hears_somebody()
    {
        using var world = Converged(8);
        var alone = world.Nodes[3];
        world.Network.Partition([alone], world.Nodes.Where(node => node != alone));

        world.RunFor(20 * Second);

        var dead = world.Observations.Where(seen => seen.Observer == alone && seen.Kind == ClusterEventKind.MemberDied);
        Assert.Empty(dead);
        Assert.True(alone.LiveCount == 8, "The lone node still shows all others.");
        world.Network.Heal();
        Assert.True(world.RunUntil(world.IsInAgreement, 30 * Second), world.ToString());
        Assert.True(world.RunUntil(() => alone.Node.Counters.CutOffs == 1, 15 * Second), "The first answer ends it.");
        Assert.Empty(dead);
    }

    [Fact]
    public void A_verdict_is_told_with_who_said_so_first_how_well_they_were_and_who_confirmed()
    {
        using var world = Converged(16);
        world.RunFor(60 * Second);
        var told = new List<(ClusterEventKind Kind, Testimony[] Words)>();
        world.Observed = (observer, happened) =>
        {
            if (observer == world.Nodes[1] && happened.Testimonies.Count > 0)
                told.Add((happened.Kind, [.. happened.Testimonies]));
        };
        world.Nodes[5].Crash(withHost: true);
        Assert.True(world.RunUntil(world.IsInAgreement, 20 * Second), world.ToString());

        Assert.Equal(ClusterEventKind.MemberSuspected, told[0].Kind);
        var first = Assert.Single(told[0].Words);
        Assert.Equal(Evidence.RelayedSilence, first.Evidence);
        Assert.InRange(first.RoundTrip ?? TimeSpan.Zero, TimeSpan.FromMicroseconds(100), TimeSpan.FromMilliseconds(1));
        var last = told[^1];
        Assert.Equal(ClusterEventKind.MemberDied, last.Kind);
        Assert.Equal(first, last.Words[0]);
        Assert.InRange(last.Words.Length, 4, 5);
        Assert.Equal(last.Words.Length, last.Words.Select(word => word.Accuser).Distinct().Count());
        Assert.All(last.Words, word => Assert.Contains(world.Nodes, node => node.Node.Self.Id == word.Accuser && node != world.Nodes[5]));
    }

    [Fact]
    public void Who_was_unwell_when_it_accused_says_so()
    {
        using var world = Converged(2);
        var (unwell, gone) = (world.Nodes[0], world.Nodes[1]);
        unwell.Pause(3 * Second);
        world.RunFor(Second);
        gone.Crash(withHost: true);

        Testimony? word = null;
        world.Observed = (_, happened) =>
            word ??= happened is { Kind: ClusterEventKind.MemberSuspected, Testimonies: [var first] } && first.Accuser == unwell.Node.Self.Id ? first : null;
        Assert.True(world.RunUntil(() => word is not null, 30 * Second), world.ToString());

        Assert.InRange(word!.Value.LocalHealth, 1, 8);
    }

    [Fact]
    public void Who_is_accused_tells_by_whom_and_on_what_evidence_and_all_others_tell_the_same()
    {
        using var world = Converged(16);
        world.RunFor(60 * Second);
        var asleep = world.Nodes[5];
        var told = new Dictionary<SimulatedNode, Testimony[]>();
        world.Observed = (observer, happened) =>
        {
            if (happened.Kind == ClusterEventKind.MemberRefuted && happened.Member.Id == asleep.Node.Self.Id)
                told.Add(observer, [.. happened.Testimonies]);
        };

        asleep.Pause(2.5 * Second);
        Assert.True(world.RunUntil(() => told.Count == world.Nodes.Count, 20 * Second), world.ToString());

        var first = Assert.Single(told[asleep]);
        Assert.NotEqual(Evidence.None, first.Evidence);
        Assert.All(told.Values, words => Assert.Contains(words, word => word.Accuser == first.Accuser && word.Evidence == first.Evidence));
    }

    [Fact]
    public void Refused_streams_of_a_member_that_answers_all_the_same_mean_nothing_any_more()
    {
        using var world = Converged(4);
        var (prober, target) = (world.Nodes[1], world.Nodes[2]);

        Assert.True(RefuseWhileCut() > 0, "The first refusal is believed, and refuted.");
        world.RunFor(10 * Second);
        Assert.Equal(0, RefuseWhileCut());

        int RefuseWhileCut()
        {
            // Refusals count while a probe is under way, so one comes every few milliseconds, for longer than a turn through all targets takes.
            var before = world.Observations.Count;
            world.Network.Partition([target], world.Nodes.Where(node => node != target));
            world.RunUntil(
                () =>
                {
                    prober.Do((node, now, outbox) => node.StreamFailed(now, target.Address, refused: true, outbox));
                    return world.Observations.Skip(before).Any(seen => seen.Kind == ClusterEventKind.MemberSuspected && seen.Observer == prober);
                },
                5 * Second);
            world.Network.Heal();
            Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
            return world.Observations.Skip(before).Count(seen => seen.Observer == prober && seen.Evidence == Evidence.Refused);
        }
    }

    [Fact]
    public void A_witness_that_no_datagram_joins_with_the_suspect_looks_by_stream()
    {
        using var world = Converged(8);
        var suspect = world.Nodes[5];
        var start = world.Now;
        world.Network.Loss = 1;

        Accuse(world, world.Nodes[2], suspect);
        world.RunFor(Second);

        Assert.DoesNotContain(world.Observations, seen => seen.At > start && seen.Kind == ClusterEventKind.SuspicionConfirmed);
    }

    [Fact]
    public void The_word_of_one_who_only_believed_another_is_no_second_voice()
    {
        using var world = Converged(8, options => options with { Witnesses = 0 });
        var (accused, teller, hearer) = (world.Nodes[1].Node.Self, world.Nodes[2], world.Nodes[3]);
        world.Nodes[1].Pause(3 * Second);
        var words = new List<int>();
        world.Observed = (observer, happened) => words.Add(observer == hearer ? happened.Testimonies.Count : 0);

        for (var state = MemberState.Suspect; state <= MemberState.Dead; state++)
        {
            Say(teller, hearer, new Accusation(accused.Id, new Claim(accused.Claim.Incarnation, state), new Testimony(teller.Node.Self.Id, Evidence.Silence)));
            world.RunFor(0.05 * Second);
        }

        Assert.Equal(1, words.Max());
    }

    private static int ConfirmationsASecondAfterTheFirstSuspicion(int witnesses)
    {
        using var world = Converged(32, options => options with { Witnesses = witnesses });
        var observer = world.Nodes[1];
        world.Nodes[5].Crash(withHost: true);
        Assert.True(world.RunUntil(() => world.Observations.Any(seen => seen.Observer == observer && seen.Kind == ClusterEventKind.MemberSuspected), 9 * Second));
        world.RunFor(Second);
        return world.Observations.Count(seen => seen.Observer == observer && seen.Kind == ClusterEventKind.SuspicionConfirmed);
    }

    private static void Accuse(World world, SimulatedNode accuser, SimulatedNode suspect)
    {
        var self = suspect.Node.Self;
        var accusation = new Accusation(self.Id, new Claim(self.Claim.Incarnation, MemberState.Suspect), new Testimony(accuser.Node.Self.Id, Evidence.Silence));
        foreach (var node in world.Nodes.Where(node => node != suspect))
            Say(node, node, accusation);
    }

    /// <summary>Hands a packet in, as if it had come from <paramref name="from"/>.</summary>
    private static void Say(SimulatedNode from, SimulatedNode to, Accusation accusation)
    {
        var body = new byte[64];
        var writer = new PacketWriter(body);
        writer.TryAccusation(accusation);
        var frame = Foreign.FrameOf(body.AsSpan(0, writer.Length));
        to.Do((node, now, outbox) => node.Receive(now, from.Address, frame, Delivery.Datagram, outbox));
    }

    private static World Converged(int nodes, Func<NodeOptions, NodeOptions>? configure = null)
    {
        var world = new World(11);
        world.AddCluster(nodes, configure);
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        world.RunFor(10 * Second);
        return world;
    }
}
