using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>Each part of Lifeguard has a neutral value, and with all of them neutral a node is plain SWIM.</summary>
public sealed class NeutralScripts
{
    private const int Nodes = 32;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>α · log10(n) rounds at α = 5.</summary>
    private static readonly TimeSpan Shortest = Second * (5 * Math.Log10(Nodes));

    [Fact]
    public void Swim_gives_every_suspect_the_same_time()
    {
        var spans = SuspicionSpans(LifeguardConfig.Swim);

        Assert.NotEmpty(spans);
        Assert.All(spans, span => Assert.Equal(Shortest.TotalSeconds, span.TotalSeconds, 0.01));
    }

    [Fact]
    public void Dynamic_suspicion_alone_begins_long_and_ends_at_the_shortest()
    {
        var spans = SuspicionSpans(LifeguardConfig.LhaSuspicion);

        Assert.All(spans, span => Assert.Equal(Shortest.TotalSeconds, span.TotalSeconds, 0.01));
        var alone = SuspicionSpans(LifeguardConfig.LhaSuspicion.With("alone", options => options with { SuspicionConfirmations = 16 }));
        Assert.All(alone, span => Assert.InRange(span, Shortest * 1.01, Shortest * 6));
    }

    [Theory]
    [InlineData("swim", false)]
    [InlineData("lha-suspicion", false)]
    [InlineData("buddy", false)]
    [InlineData("lha-probe", true)]
    [InlineData("lifeguard", true)]
    public void Nacks_and_local_health_come_with_local_health_alone(string config, bool expected)
    {
        using var world = Converged(LifeguardConfig.All.Single(one => one.Name == config));
        var nacks = 0;
        world.Network.Tap = (_, _, _, packet) => nacks += Foreign.Holds(packet, MessageType.Nack) ? 1 : 0;

        // So many that relays are silent too: a nack alone says that the prober is well.
        foreach (var node in world.Nodes.Skip(3).Take(Nodes / 2))
            node.Crash(withHost: true);
        var unwell = world.RunUntil(() => world.Nodes.Any(node => node.IsRunning && node.Node.LocalHealth > 0), 8 * Second);

        Assert.Equal(expected, unwell);
        Assert.Equal(expected, nacks > 0);
    }

    [Theory]
    [InlineData("swim", false)]
    [InlineData("lha-probe", false)]
    [InlineData("buddy", true)]
    [InlineData("lifeguard", true)]
    public void A_suspect_is_told_by_its_prober_with_the_buddy_system_alone(string config, bool expected)
    {
        var told = 0;
        var options = LifeguardConfig.All.Single(one => one.Name == config).With("quiet", one => one with { TransmitMultiplier = 0.5, Fanout = 1 });
        using var world = Converged(options);
        var suspect = world.Nodes[3];
        suspect.Crash(withHost: true);
        Assert.True(world.RunUntil(() => world.Observations.Any(seen => seen.Kind == ClusterEventKind.MemberSuspected), 9 * Second), world.ToString());
        world.RunFor(2 * Second);
        world.Network.Tap = (_, to, _, packet) =>
            told += to == suspect.Address && Foreign.Holds(packet, MessageType.Ping) && Foreign.Holds(packet, MessageType.Suspect) ? 1 : 0;

        world.RunFor(4 * Second);

        Assert.Equal(expected, told > 0);
    }

    [Fact]
    public void Without_stall_awareness_a_late_node_accuses_and_with_it_does_not()
    {
        Assert.NotEqual(0, AccusationsOfAStalledNode(aware: false));
        Assert.Equal(0, AccusationsOfAStalledNode(aware: true));
    }

    [Theory]
    [InlineData("swim", false)]
    [InlineData("default", true)]
    public void Rumours_wait_for_the_pace_at_every_member_unless_they_leave_at_once(string config, bool atOnce)
    {
        var chosen = LifeguardConfig.All.Single(one => one.Name == config);
        using var world = Converged(chosen.With("still", options => options with { ProbeInterval = TimeSpan.FromMinutes(1) }));
        var pace = world.Nodes[0].Node.Options.GossipPace;
        var begun = new Dictionary<int, TimeSpan>();
        world.Network.Tap = (from, _, _, packet) =>
        {
            if (Foreign.Holds(packet, MessageType.Delta))
                begun.TryAdd(from.Index, world.Now);
        };
        var start = world.Now;
        world.Nodes[3].Register(Sample.Numbered("a", 1));

        world.RunFor(20 * pace);

        var waited = begun.Values.Select(at => at - start).Order().ToList();
        Assert.Equal(atOnce ? TimeSpan.Zero : pace, waited[0]);
        Assert.Equal(atOnce, waited[Nodes / 2] < 2 * pace);
    }

    private static int AccusationsOfAStalledNode(bool aware)
    {
        using var world = Converged(LifeguardConfig.Swim.With("stall", options => options with { StallAwareness = aware }));
        var node = world.Nodes[5];
        foreach (var other in world.Nodes.Where(other => other != node))
            world.Network.Cut(other, node);
        world.RunFor(0.95 * Second);
        node.Pause(3 * Second);
        world.RunFor(1.5 * Second);
        world.Network.Heal();
        world.RunFor(1.6 * Second);
        return world.Observations.Count(seen => seen.Kind == ClusterEventKind.MemberSuspected && seen.Observer == node);
    }

    /// <summary>How long the observers of a silent host's death had suspected it.</summary>
    private static List<TimeSpan> SuspicionSpans(LifeguardConfig config)
    {
        using var world = Converged(config);
        var start = world.Now;
        world.Nodes[3].Crash(withHost: true);
        world.RunFor(6 * Shortest);
        var suspected = world.Observations.Where(seen => seen.At > start && seen.Kind == ClusterEventKind.MemberSuspected).ToList();
        var first = world.Observations.First(seen => seen.At > start && seen.Kind == ClusterEventKind.MemberDied);
        return suspected.Where(seen => seen.Observer == first.Observer).Select(seen => first.At - seen.At).ToList();
    }

    private static World Converged(LifeguardConfig config)
    {
        var world = new World(7);
        world.AddCluster(Nodes, config.Configure);
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        world.RunFor(5 * Second);
        return world;
    }
}
