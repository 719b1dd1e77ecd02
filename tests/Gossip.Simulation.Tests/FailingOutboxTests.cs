using Gossip.Protocol;

namespace Gossip.Simulation.Tests;

/// <summary>
/// A node whose outbox throws now and then, wherever it was: nothing that it keeps between two calls may be left such that it stands still,
/// or goes round in a circle, when the outbox works again.
/// </summary>
public sealed class FailingOutboxTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.3)]
    public void A_node_that_failed_at_any_word_probes_gossips_and_proves_as_ever_afterwards(double share)
    {
        for (ulong seed = 0; seed < (ulong)Nightly.Times(6, 20); seed++)
        {
            using var world = new World(seed);
            world.AddCluster(6);
            Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
            var (failing, victim) = (world.Nodes[2], world.Nodes[4]);
            var chance = new Randomness(seed);

            failing.Fails = () => chance.Chance(share);
            world.Network.Loss = 0.1;
            victim.Crash(withHost: seed % 2 == 0);
            world.Add().SeededBy(world.Nodes[0]);
            world.Nodes[1].Register(Record("news"));
            world.RunFor(20 * Second);
            failing.Fails = null;
            world.Network.Loss = 0;
            victim.Restart();
            victim.SeededBy(world.Nodes[0]);

            Assert.True(world.RunUntil(world.IsInAgreement, 40 * Second), world.ToString());
            Works(world, failing);
        }
    }

    /// <summary>At each word of a short life in turn: what one exception can leave behind, one exception shows.</summary>
    [Fact]
    public void There_is_no_word_at_which_one_exception_stops_a_node()
    {
        var fatal = 1;
        for (var words = fatal; words >= fatal; fatal++)
        {
            using var world = new World(7);
            world.AddCluster(4);
            Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
            var failing = world.Nodes[1];
            words = 0;

            failing.Fails = () => ++words == fatal;
            world.Nodes[3].Crash(withHost: true);
            failing.Register(Record("own"));
            failing.ReportLoad(new Load(9, 0, 50));
            failing.Prove();
            world.RunFor(12 * Second);
            failing.Fails = null;

            world.Nodes[3].Restart();
            Assert.True(world.RunUntil(world.IsInAgreement, 30 * Second), $"the {fatal}. word; {world}");
            Works(world, failing);
        }

        Assert.InRange(fatal, 50, 500);
    }

    /// <summary>It asks in rounds, has what it says acknowledged, and finds a death.</summary>
    private static void Works(World world, SimulatedNode failing)
    {
        var before = failing.Node.Counters.Probes;
        // Unwell as it may hold itself: its rounds last up to nine times as long.
        world.RunFor(30 * Second);
        Assert.InRange(failing.Node.Counters.Probes - before, 3, 40);

        failing.Register(Record("last") with { Weight = 7 });
        failing.Prove();
        Assert.True(world.RunUntil(() => failing.Node.Proof is { IsComplete: true }, 2 * Second), $"{failing.Node.Proof} {world}");

        var dying = world.Nodes[^1];
        dying.Crash(withHost: true);
        var isFound = world.RunUntil(() => failing.Node.FindMember(dying.Node.Self.Id) is { State: MemberState.Dead }, 30 * Second);
        Assert.True(isFound, $"{failing} finds no death; {world}");
    }

    private static ServiceRecord Record(string instance) => new() { InstanceId = instance, Service = "orders" };
}
