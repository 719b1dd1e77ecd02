using Gossip.Simulation;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests.Dissemination;

/// <summary>
/// A newcomer that drains at once: the member that has let it in holds its records, and has passed them on, before it knows the others.
/// </summary>
public sealed class NewcomerProofScripts
{
    private const int Others = 8;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Until_the_state_of_the_cluster_has_come_somebody_is_missing_besides_those_that_a_newcomer_knows()
    {
        using var world = Converged(1, Others);
        var newcomer = Newcomer(world);
        Assert.True(world.RunUntil(() => newcomer.Node.PeerCount > 0, Second), world.ToString());
        Assert.Equal((1, false), (newcomer.Node.PeerCount, newcomer.Node.IsSynchronized));

        newcomer.Prove();

        Assert.Equal(new Proof(1, 0, 2), newcomer.Node.Proof);
        Assert.True(world.RunUntil(() => newcomer.Node.Proof is { IsComplete: true }, Second), $"{newcomer.Node.Proof} {world}");
        Assert.Equal(new Proof(1, Others, Others), newcomer.Node.Proof);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    public void Whenever_a_newcomer_drains_nobody_is_left_that_holds_what_it_said_before(double loss)
    {
        var drains = 0;
        for (var moment = 0; moment < 60; moment++)
        {
            using var world = Converged((ulong)moment, Others);
            world.Network.Loss = loss;
            var newcomer = Newcomer(world);
            world.RunFor(moment * TimeSpan.FromMicroseconds(100));
            if (!IsHeard(newcomer))
            {
                Assert.DoesNotContain(world.Nodes.SkipLast(1), node => Holds(node, newcomer));
                continue;
            }

            drains++;
            newcomer.Register(Sample.Numbered("a", 2));
            newcomer.Prove();
            Assert.True(world.RunUntil(() => newcomer.Node.Proof is { IsComplete: true }, 5 * Second), $"{newcomer.Node.Proof} {world}");
            Assert.All(world.Nodes.SkipLast(1).Where(node => Holds(node, newcomer)), node => Assert.Equal(2, WeightOf(node, newcomer)));
        }

        Assert.InRange(drains, 1, 60);
    }

    [Fact]
    public void A_seed_that_never_answers_is_nobody_to_tell()
    {
        using var world = new World(2);
        var seed = world.Add();
        seed.Crash(withHost: true);
        var lone = world.Add();
        lone.Register(Sample.Numbered("a", 1));
        lone.SeededBy(seed);
        for (var i = 0; i < 40; i++)
        {
            world.RunFor(Second / 10);
            Assert.False(IsHeard(lone), world.ToString());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_that_answers_and_is_gone_before_it_is_known_is_waited_for_two_seconds_and_no_longer(bool withHost)
    {
        using var world = new World(3);
        var seed = world.Add();
        var lone = Newcomer(world);
        Assert.True(world.RunUntil(() => IsHeard(lone), Second), world.ToString());
        Assert.Equal(0, lone.Node.PeerCount);
        seed.Crash(withHost);

        lone.Prove();

        Assert.False(world.RunUntil(() => lone.Node.Proof is { IsComplete: true }, 9.9 * Second), $"{lone.Node.Proof} {world}");
        Assert.True(world.RunUntil(() => lone.Node.Proof is { IsComplete: true }, Second / 5), $"{lone.Node.Proof} {world}");
        Assert.False(IsHeard(lone));
    }

    [Fact]
    public void A_node_that_has_been_its_own_seed_is_heard_by_nobody()
    {
        using var world = new World(4);
        var lone = world.Add();
        lone.Register(Sample.Numbered("a", 1));
        lone.Do((node, now, outbox) => node.Join(now, lone.Address.WithPort(7391), outbox));
        world.RunFor(Second);
        Assert.False(IsHeard(lone));
    }

    private static SimulatedNode Newcomer(World world)
    {
        var newcomer = world.Add();
        newcomer.Register(Sample.Numbered("a", 1));
        newcomer.SeededBy(world.Nodes[0]);
        return newcomer;
    }

    private static bool IsHeard(SimulatedNode node)
    {
        var heard = false;
        node.Do((protocol, now, _) => heard = protocol.IsHeard(now));
        return heard;
    }

    private static bool Holds(SimulatedNode node, SimulatedNode owner) => node.Node.ServicesOf(owner.Node.Self.Id).Count > 0;

    private static int WeightOf(SimulatedNode node, SimulatedNode owner) => node.Node.ServicesOf(owner.Node.Self.Id)[0].Weight;
}
