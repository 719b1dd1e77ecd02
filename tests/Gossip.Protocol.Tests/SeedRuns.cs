using System.Globalization;
using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>
/// Runs in two acts: break everything that the seed says, then heal and demand agreement. GOSSIP_SEED replays one run.
/// </summary>
public sealed class SeedRuns
{
    private static readonly int RunsPerTest = Nightly.Times(10, 100);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Whatever_breaks_once_it_heals_all_agree()
    {
        foreach (var seed in Seeds())
        {
            using var world = new World(seed);
            var chance = new Randomness(seed ^ 0xACCE55);
            var nodes = 3 + chance.Below(14);
            world.AddCluster(nodes, options => options with { Key = seed % 3 == 0 ? new byte[32] : default(ReadOnlyMemory<byte>) });
            world.RunFor(2 * Second);

            Break(world, chance);
            Heal(world);

            Assert.True(world.RunUntil(world.IsInAgreement, 90 * Second), $"no agreement: {world}");
            Assert.InRange(world.Network.LargestDatagram, 1, Limits.DatagramSize);
            AssertIncarnationsBelongToTheirOwners(world);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_transcript()
    {
        static ulong Run(ulong seed)
        {
            using var world = new World(seed);
            var chance = new Randomness(seed);
            world.AddCluster(12);
            world.RunFor(Second);
            Break(world, chance);
            return world.Transcript;
        }

        var first = Run(42);
        Assert.Equal(first, Run(42));
        Assert.NotEqual(first, Run(43));
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.05)]
    [InlineData(0.10)]
    public void Uniform_loss_up_to_a_tenth_kills_nobody(double loss)
    {
        foreach (var seed in Seeds().Take(Nightly.Times(3, 20)))
        {
            using var world = new World(seed);
            world.AddCluster(16);
            world.Network.Loss = loss;
            world.RunFor(120 * Second);

            Assert.DoesNotContain(world.Observations, seen => seen.Kind == ClusterEventKind.MemberDied);
            Assert.True(world.Nodes.All(node => node.LiveCount == 16), world.ToString());
        }
    }

    private static IEnumerable<ulong> Seeds()
    {
        if (Environment.GetEnvironmentVariable("GOSSIP_SEED") is { Length: > 0 } text)
            return [ulong.Parse(text, CultureInfo.InvariantCulture)];
        return Enumerable.Range(0, RunsPerTest).Select(run => (ulong)run);
    }

    private static void Break(World world, Randomness chance)
    {
        world.Network.Loss = chance.Fraction() * 0.4;
        world.Network.Duplication = chance.Fraction() * 0.5;
        world.Network.LongestDelay = TimeSpan.FromMilliseconds(chance.Fraction() * 300);
        for (var step = 0; step < 12; step++)
        {
            var node = world.Nodes[chance.Below(world.Nodes.Count)];
            switch (chance.Below(7))
            {
                case 0:
                    node.Crash(withHost: chance.Chance(0.5));
                    break;
                case 1:
                    node.Restart();
                    break;
                case 2 when node.IsRunning:
                    node.Pause(chance.Fraction() * 10 * Second);
                    break;
                case 3:
                    var half = world.Nodes.Where(_ => chance.Chance(0.5)).ToList();
                    world.Network.Partition(half);
                    break;
                case 4:
                    world.Network.Cut(node, world.Nodes[chance.Below(world.Nodes.Count)]);
                    break;
                case 5:
                    world.Network.Heal();
                    break;
                case 6 when node.IsRunning:
                    node.Register(new ServiceRecord { InstanceId = $"i{chance.Below(4)}", Service = "s", Version = $"{step}" });
                    break;
            }

            world.RunFor(chance.Fraction() * 6 * Second);
        }
    }

    private static void Heal(World world)
    {
        world.Network.Heal();
        world.Network.Loss = 0;
        world.Network.Duplication = 0;
        world.Network.LongestDelay = TimeSpan.FromMilliseconds(1);
        world.RunFor(11 * Second);
        foreach (var node in world.Nodes.Where(node => !node.IsRunning))
            node.Restart();
    }

    /// <summary>Nobody but a member raises its own incarnation, so nobody can know a higher one than the member itself has.</summary>
    private static void AssertIncarnationsBelongToTheirOwners(World world)
    {
        foreach (var node in world.Nodes.Where(node => node.IsRunning))
        {
            foreach (var other in world.Nodes.Where(other => other.IsRunning))
            {
                var seen = other.Node.FindMember(node.Node.Self.Id);
                Assert.True(seen is null || seen.Claim.Incarnation <= node.Node.Self.Claim.Incarnation, world.ToString());
            }
        }
    }
}
