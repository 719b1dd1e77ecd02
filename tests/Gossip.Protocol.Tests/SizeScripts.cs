using System.Net;
using Gossip.Simulation;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests;

/// <summary>What others can fill is told of as it fills, and stays within its bound.</summary>
public sealed class SizeScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Probes_that_others_ask_for_fill_the_relays_to_their_bound()
    {
        using var world = Converged(1, 3);
        var (relay, sender, target) = (world.Nodes[0], world.Nodes[1].Node.Self, world.Nodes[2].Node.Self);

        for (var i = 1U; i <= Limits.RelaysInFlight + 10; i++)
            relay.Do((node, now, outbox) => node.Receive(now, sender.Address, Frame(i), Delivery.Datagram, outbox));

        Assert.Equal(Limits.RelaysInFlight, SizeOf(relay, "relays"));
        Assert.Equal(10, relay.Node.Counters.Dropped(DropReason.LimitReached));

        byte[] Frame(uint sequence)
        {
            var body = new byte[64];
            var writer = new PacketWriter(body);
            Assert.True(writer.TryPingRequest(new PingRequest(sequence, 0, sender.Id, target.Id, target.Address)));
            return Foreign.FrameOf(body.AsSpan(0, writer.Length));
        }
    }

    [Fact]
    public void Seeds_that_do_not_answer_fill_the_questions_to_their_bound()
    {
        using var world = new World(2);
        var lone = world.Add();

        for (var i = 0; i < 2 * Limits.SeedAliases; i++)
            lone.Do((node, now, outbox) => node.Join(now, PeerAddress.From(IPAddress.Parse("198.51.100.7"), 1000 + i), outbox));

        Assert.Equal(Limits.SeedAliases, SizeOf(lone, "questions"));
    }

    [Fact]
    public void Records_fill_the_rumours_of_their_class()
    {
        using var world = Converged(3, 2);
        for (var i = 0; i < 100; i++)
            world.Nodes[0].Register(new ServiceRecord { InstanceId = $"i{i}", Service = "orders" });

        // What is written in a storm is announced together.
        Assert.Equal((33, 0), (SizeOf(world.Nodes[0], "service rumours"), SizeOf(world.Nodes[0], "membership rumours")));
        Assert.Equal(100, world.Nodes[0].Node.SizesOf(world.Nodes[0].Node.Self).Single(size => size.What == "records").Count);
    }

    [Fact]
    public void A_proof_that_is_over_remembers_nobody_who_comes_later()
    {
        using var world = Converged(4, 3);
        var owner = world.Nodes[0];
        owner.Register(new ServiceRecord { InstanceId = "a", Service = "orders" });
        owner.Prove();
        Assert.True(world.RunUntil(() => owner.Node.Proof is { IsComplete: true }, Second));

        for (var i = 0; i < 10; i++)
            world.Add().SeededBy(owner);
        world.RunFor(30 * Second);

        Assert.Equal(2, SizeOf(owner, "members of a proof"));
    }

    [Fact]
    public void A_proof_that_one_member_holds_up_forgets_those_who_are_forgotten()
    {
        var table = new MemberTable(Numbered(1), capacity: 3);
        var proving = new OpenProof(version: 1, sequence: 1);
        Assert.True(table.TryAdd(Numbered(2), out _));
        for (var i = 3; i < 100; i++)
        {
            var (answers, passing) = (i % 2 == 0, Numbered(i));
            Assert.True(table.TryAdd(passing, out _));
            proving.Sweep(table);
            while (proving.TryNext(out _, out _))
            {
            }

            if (answers)
                proving.Hear(passing, held: 1);
            Assert.False(proving.Count(table, 0).IsComplete);
            table.Remove(passing);
        }

        Assert.InRange(proving.Known, 1, 4);

        static Member Numbered(int number) => Sample.Member(
            new MemberId((ulong)number), new Claim(new Incarnation(1), MemberState.Alive), PeerAddress.From(IPAddress.Parse("198.51.100.7"), number));
    }

    [Fact]
    public void A_namesake_that_gave_way_to_others_makes_room_for_the_next()
    {
        using var world = new World(6);
        NodeOptions Small(NodeOptions options) => options with { MaxMembers = 3, Name = "one" };
        var first = world.Add(Small);
        var twin = world.Add(Small);
        twin.SeededBy(first);
        Assert.True(world.RunUntil(() => SizeOf(first, "twins") == 1, 20 * Second), world.ToString());
        twin.Crash();
        Assert.True(world.RunUntil(() => first.Node.PeerCount == 0, 60 * Second), world.ToString());

        for (var i = 0; i < 2; i++)
            world.Add(options => options with { MaxMembers = 3 }).SeededBy(first);

        Assert.True(world.RunUntil(() => first.Node.PeerCount == 2, 20 * Second), world.ToString());
        Assert.Equal((3, 0), (SizeOf(first, "members"), SizeOf(first, "twins")));
    }

    private static int SizeOf(SimulatedNode node, string what) => node.Node.Sizes.Single(size => size.What == what).Count;
}
