using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>A cluster changes its key while it runs: no step, in whatever order the nodes take it, costs it a member.</summary>
public sealed class KeyringScripts
{
    private const int Nodes = 8;
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly ReadOnlyMemory<byte> Old = KeyOf(1);
    private static readonly ReadOnlyMemory<byte> New = KeyOf(2);

    /// <summary>The new key is added, made the first, and the old one removed; the nodes come in another order each time.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_key_is_changed_node_by_node_and_nobody_is_ever_suspected(int seed)
    {
        using var world = Sealed(seed);
        var order = new Randomness((ulong)seed);
        ReadOnlyMemory<byte>[][] steps = [[Old, New], [New, Old], [New]];
        foreach (var keys in steps)
        {
            var waiting = world.Nodes.ToList();
            while (waiting.Count > 0)
            {
                var node = waiting[order.Below(waiting.Count)];
                waiting.Remove(node);
                Change(node, keys);
                node.Register(Record($"orders-{node.Index}-{keys.Length}-{waiting.Count}"));
                world.RunFor(Second);
                Assert.True(world.IsInAgreement(), world.ToString());
            }

            world.RunFor(Second);
            // With one key there is nothing to tell apart.
            var expected = keys.Length > 1 ? SealingKey.IdOf(keys[0].Span) : 0;
            Assert.All(world.Nodes, node => Assert.All(Others(node), member => Assert.Equal(expected, member.KeyId)));
        }

        Assert.Equal(0, Suspicions(world));
        Assert.All(world.Nodes, node => Assert.Equal(0, node.Node.Counters.Dropped(DropReason.UnknownKey)));
    }

    /// <summary>Were each to answer in the key that it hears, and to ask in the key that was answered, the old one would never go.</summary>
    [Fact]
    public void Where_all_have_both_keys_the_old_one_is_not_spoken_any_more()
    {
        using var world = Sealed(4);
        foreach (var node in world.Nodes)
            Change(node, Old, New);
        world.RunFor(10 * Second);
        foreach (var node in world.Nodes)
        {
            Change(node, New, Old);
            world.RunFor(Second / 4);
        }

        world.RunFor(Second);
        Assert.All(world.Nodes, node => Assert.All(Others(node), member => Assert.Equal(SealingKey.IdOf(New.Span), member.KeyId)));
        var old = 0;
        world.Network.Tap = (_, _, _, packet) => old += IsSealedBy(packet, Old) ? 1 : 0;
        world.RunFor(2 * Nodes * Second);
        Assert.Equal(0, old);
    }

    /// <summary>It was down while the others got the new key, and made it the first: they open what it sends, and it opens only the old.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_node_that_missed_the_change_comes_back_while_its_key_is_accepted(int seed)
    {
        using var world = Sealed(seed);
        world.Nodes[3].Crash();
        world.RunFor(10 * Second);
        foreach (var node in Running(world))
            Change(node, New, Old);
        world.RunFor(10 * Second);
        var deaths = Deaths(world);

        var back = world.Add(options => options with { Key = Old });
        back.SeededBy(world.Nodes[0]);
        back.Register(Record("late"));
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        world.RunFor(60 * Second);

        Assert.True(world.IsInAgreement(), world.ToString());
        Assert.Equal(deaths, Deaths(world));
        Assert.All(Running(world).Where(node => node != back), node => Assert.Equal(SealingKey.IdOf(Old.Span), KeyIdOf(node, back)));

        // News reach it, and its own reach all; then it catches up with the change, and the old key goes.
        world.Nodes[0].Register(Record("news"));
        Assert.True(world.RunUntil(world.IsInAgreement, 3 * Second), world.ToString());
        Change(back, New, Old);
        world.RunFor(2 * Nodes * Second);
        Assert.All(Running(world).Where(node => node != back), node => Assert.Equal(SealingKey.IdOf(New.Span), KeyIdOf(node, back)));
        foreach (var node in Running(world))
            Change(node, New);
        world.RunFor(60 * Second);
        Assert.True(world.IsInAgreement(), world.ToString());
        Assert.Equal(deaths, Deaths(world));
    }

    /// <summary>A lost datagram makes the second try by the other key, which looks as if the first was not opened.</summary>
    [Fact]
    public void On_a_lossy_network_both_keys_are_tried_and_the_old_one_is_not_stuck_to()
    {
        using var world = Sealed(6);
        foreach (var node in world.Nodes)
            Change(node, New, Old);
        world.Network.Loss = 0.3;
        world.RunFor(120 * Second);
        world.Network.Loss = 0;
        world.RunFor(90 * Second);

        Assert.All(world.Nodes, node => Assert.All(Others(node), member => Assert.Equal(SealingKey.IdOf(New.Span), member.KeyId)));
        Assert.Equal(0, world.Nodes.Sum(node => node.Node.Counters.Dropped(DropReason.UnknownKey)));
        Assert.True(world.IsInAgreement(), world.ToString());
    }

    /// <summary>In the first step some have the new key, and in the last some have the old one no more: the second try is by a key that each has.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void On_a_lossy_network_no_member_is_asked_by_a_key_that_it_was_heard_not_to_use(bool isLastStep)
    {
        using var world = Sealed(7);
        if (isLastStep)
        {
            foreach (var node in world.Nodes)
                Change(node, Old, New);
            foreach (var node in world.Nodes)
                Change(node, New, Old);
            world.RunFor(10 * Second);
        }

        foreach (var node in world.Nodes.Take(Nodes / 2))
            Change(node, isLastStep ? [New] : [Old, New]);
        world.RunFor(5 * Second);
        world.Network.Loss = 0.2;
        world.RunFor(120 * Second);

        Assert.Equal(0, world.Nodes.Sum(node => node.Node.Counters.Dropped(DropReason.UnknownKey)));
        Assert.Equal(0, Deaths(world));
    }

    [Fact]
    public void A_node_that_has_only_the_third_key_of_the_others_takes_part()
    {
        using var world = Sealed(8);
        world.Nodes[3].Crash();
        world.RunFor(10 * Second);
        foreach (var node in Running(world))
            Change(node, KeyOf(3), New, Old);
        var back = world.Add(options => options with { Key = Old });
        back.SeededBy(world.Nodes[0]);
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        var deaths = Deaths(world);
        world.RunFor(120 * Second);

        Assert.True(world.IsInAgreement(), world.ToString());
        Assert.Equal(deaths, Deaths(world));
        Assert.All(Running(world).Where(node => node != back), node => Assert.False(node.Node.FindMember(back.Node.Self.Id)!.IsOutOfReach));
    }

    [Fact]
    public void A_node_that_has_only_a_key_that_was_removed_is_a_stranger()
    {
        using var world = Sealed(5);
        foreach (var node in world.Nodes.Take(Nodes - 1))
            Change(node, New);

        world.RunFor(30 * Second);

        Assert.All(world.Nodes.Take(Nodes - 1), node => Assert.Equal(Nodes - 1, node.LiveCount));
        Assert.True(world.Nodes[0].Node.Counters.Dropped(DropReason.UnknownKey) > 0);
    }

    [Fact]
    public void A_node_without_a_key_gets_none_and_one_with_a_key_keeps_one()
    {
        using var bare = new Node(Sample.Options(), new Randomness(1), Instant.Start);
        using var keyed = new Node(Sample.Options(2) with { Key = Old }, new Randomness(1), Instant.Start);

        Assert.Throws<ArgumentException>(() => bare.ChangeKeys(Instant.Start, [Old]));
        Assert.Throws<ArgumentException>(() => keyed.ChangeKeys(Instant.Start, []));
        Assert.Throws<ArgumentException>(() => new Node(Sample.Options(3) with { OtherKeys = [Old] }, new Randomness(1), Instant.Start));
        Assert.Throws<ArgumentException>(
            () => new Node(Sample.Options(3) with { Key = Old, OtherKeys = [new byte[31]] }, new Randomness(1), Instant.Start));
    }

    private static World Sealed(int seed)
    {
        var world = new World((ulong)seed);
        world.AddCluster(Nodes, options => options with { Key = Old });
        Assert.True(world.RunUntil(world.IsInAgreement, 5 * Second), world.ToString());
        world.RunFor(5 * Second);
        return world;
    }

    private static void Change(SimulatedNode node, params ReadOnlyMemory<byte>[] keys) =>
        node.Do((protocol, now, _) => protocol.ChangeKeys(now, keys));

    private static IEnumerable<SimulatedNode> Running(World world) => world.Nodes.Where(node => node.IsRunning);

    private static IEnumerable<Member> Others(SimulatedNode node) => node.Node.Members.Where(member => member.Id != node.Node.Self.Id);

    private static uint KeyIdOf(SimulatedNode observer, SimulatedNode of) => observer.Node.FindMember(of.Node.Self.Id)!.KeyId;

    private static int Suspicions(World world) => world.Observations.Count(seen => seen.Kind == ClusterEventKind.MemberSuspected);

    private static int Deaths(World world) => world.Observations.Count(seen => seen.Kind == ClusterEventKind.MemberDied);

    private static bool IsSealedBy(byte[] packet, ReadOnlyMemory<byte> key)
    {
        var reader = new MessagePackReader(packet);
        return reader.TryArray(out _) && reader.TryUInt(out _) && reader.TryUInt32(out _) && reader.TryUInt32(out var id)
            && id == SealingKey.IdOf(key.Span);
    }

    private static ReadOnlyMemory<byte> KeyOf(byte first) => Enumerable.Range(first, 32).Select(value => (byte)value).ToArray();

    private static ServiceRecord Record(string id) => new() { InstanceId = id, Service = "orders" };
}
