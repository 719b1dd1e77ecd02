using Gossip.Simulation;

namespace Gossip.Protocol.Tests.Registry;

/// <summary>What a node holds of others' records has a bound, and nodes with room and without agree all the same.</summary>
public sealed class RecordRoomScripts
{
    private const int Small = 64 * 1024;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Where_half_of_the_nodes_have_no_room_all_agree_and_compare_no_more_often(int seed)
    {
        var unbounded = Comparisons(seed, int.MaxValue, out _);
        var bounded = Comparisons(seed, Small, out var held);
        Assert.All(held.Take(8), one => Assert.InRange(one.Bytes, 1, Small));
        Assert.All(held.Take(8), one => Assert.InRange(one.Unheld, 1, 15));
        Assert.All(held.Skip(8), one => Assert.Equal(0, one.Unheld));
        Assert.InRange(bounded, 0, unbounded + 2);
    }

    [Fact]
    public void What_is_not_held_is_asked_for_when_there_is_room()
    {
        using var world = Filled(3, Small);
        Assert.Contains(world.Nodes.Take(8), node => Unheld(node) > 0);

        foreach (var node in world.Nodes.Skip(8))
        {
            for (var i = 0; i < 5; i++)
                node.Deregister($"a{i}");
        }

        Assert.True(world.RunUntil(() => world.Nodes.All(node => Unheld(node) == 0) && world.IsInAgreement(), 60 * Second), world.ToString());
        foreach (var node in world.Nodes)
            Assert.All(world.Nodes.Take(8), owner => Assert.Equal(5, node.Node.ServicesOf(owner.Node.Self.Id).Count));
        // And what is written from now on is held as ever.
        world.Nodes[9].Register(Large("b", 1));
        Assert.True(world.RunUntil(() => world.Nodes.All(node => node.Node.ServicesOf(world.Nodes[9].Node.Self.Id).Count == 1), 5 * Second), world.ToString());
    }

    [Fact]
    public void What_changes_while_it_is_not_held_is_whole_when_it_is()
    {
        using var world = Filled(4, Small);
        var (small, owner) = world.Nodes.Take(8)
            .SelectMany(node => world.Nodes.Where(one => node.Node.FindMember(one.Node.Self.Id) is { IsUnheld: true }).Select(one => (node, one))).First();
        owner.Deregister("a1");
        owner.Register(Large("a2", 99));
        owner.Register(Large("c", 3));
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        Assert.Empty(small.Node.ServicesOf(owner.Node.Self.Id));

        foreach (var node in world.Nodes.Where(node => node != owner))
        {
            for (var i = 0; i < 5; i++)
                node.Deregister($"a{i}");
        }

        Assert.True(world.RunUntil(() => Unheld(small) == 0, 60 * Second), world.ToString());
        Assert.Equal(["a0 1", "a2 99", "a3 4", "a4 5", "c 3"], Shown(small, owner));
        Assert.Equal(Shown(owner, owner), Shown(small, owner));
    }

    /// <summary>A forger in a cluster in the clear brings members that are not there, each with as much as one may hold.</summary>
    [Fact]
    public void Members_that_never_answered_give_way_to_those_that_do()
    {
        using var world = new World(5);
        var node = world.Add(options => options with { MaxRecordBytes = Small });
        var other = world.Add();
        other.SeededBy(node);
        Assert.True(world.RunUntil(world.IsInAgreement, 5 * Second), world.ToString());
        world.RunFor(3 * Second);
        for (var i = 0; i < 100; i++)
            Invent(node, i);
        Assert.InRange(node.Node.Members.Count(member => member.IsUnheld), 80, 100);
        Assert.InRange(Bytes(node), Small / 2, Small);

        for (var i = 0; i < 5; i++)
            other.Register(Large($"a{i}", i + 1));
        Assert.True(world.RunUntil(() => node.Node.ServicesOf(other.Node.Self.Id).Count == 5, Second), world.ToString());
        Assert.InRange(Bytes(node), 1, Small);
    }

    [Fact]
    public void An_owner_with_more_than_its_share_is_known_and_all_agree()
    {
        using var world = Filled(6, Small, perNode: 8);

        Assert.All(world.Nodes.Take(8), node => Assert.Equal(15, Unheld(node)));
        Assert.All(world.Nodes.Skip(8), node => Assert.Equal(0, Unheld(node)));
        // What came of them and does not follow what is there takes no room for ever.
        world.RunFor(60 * Second);
        Assert.All(world.Nodes.Take(8), node => Assert.InRange(Bytes(node), 0, Small / 4));
    }

    [Fact]
    public void An_owner_that_comes_back_into_its_share_by_rewriting_its_records_is_held()
    {
        using var world = Filled(7, Small, perNode: 8);
        var owner = world.Nodes[9];
        Assert.All(world.Nodes.Take(8), node => Assert.True(node.Node.FindMember(owner.Node.Self.Id)!.IsUnheld));

        for (var i = 0; i < 8; i++)
        {
            owner.Register(Large($"a{i}", i + 10) with { Metadata = new Dictionary<string, string>() });
            world.RunFor(Second);
        }

        Assert.True(world.RunUntil(() => world.Nodes.All(node => Shown(node, owner).Count() == 8), 60 * Second), world.ToString());
        Assert.Equal(Shown(owner, owner), Shown(world.Nodes[0], owner));
    }

    /// <summary>It is more than the owner may have, and follows nothing that is known.</summary>
    [Fact]
    public void A_forged_delta_that_would_not_be_held_takes_nothing_away()
    {
        using var world = Filled(9, Small, perNode: 2);
        var (small, owner) = (world.Nodes[0], world.Nodes[9].Node.Self);
        Assert.Equal(2, small.Node.ServicesOf(owner.Id).Count);
        var version = owner.RecordsVersion;
        DeltaEntry[] entries = [.. Enumerable.Range(6, 15)
            .Select(number => new DeltaEntry($"b{number}", version + (ulong)number, Sample.Payload(Large($"b{number}", 1)), default))];

        ForgedPacket.Send(
            small, world.Nodes[8].Address, (ref PacketWriter writer) => writer.TryDelta(owner.Id, version + 5, version + 20, 0, entries), Limits.StreamFrameSize);

        Assert.Equal(2, small.Node.ServicesOf(owner.Id).Count);
        Assert.False(small.Node.FindMember(owner.Id)!.IsUnheld);
    }

    /// <summary>Its answer has many parts, and each change may mean that it has shrunk.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_owner_with_far_more_than_its_share_is_asked_for_all_of_it_less_and_less_often(bool isWriting)
    {
        using var world = new World(8);
        var small = world.Add(options => options with { MaxRecordBytes = Small });
        var owner = world.Add();
        owner.SeededBy(small);
        for (var i = 0; i < 60; i++)
            owner.Register(Large($"a{i}", i + 1));
        var wants = 0;
        world.Network.Tap = (from, to, delivery, bytes) =>
            wants += from == small && delivery == Delivery.Stream && HostileScripts.Messages(bytes.ToArray()).Contains(MessageType.Want) ? 1 : 0;

        for (var i = 0; i < 120; i++)
        {
            if (isWriting)
                owner.Register(Large("a0", 100 + i));
            world.RunFor(5 * Second);
        }

        Assert.InRange(wants, 1, isWriting ? 12 : 4);
        Assert.Empty(small.Node.ServicesOf(owner.Node.Self.Id));
        Assert.True(world.IsInAgreement(), world.ToString());
    }

    private static long Comparisons(int seed, int most, out List<(long Bytes, int Unheld)> held)
    {
        using var world = Filled(seed, most);
        var before = world.Nodes.Sum(node => (long)node.Node.Counters.Repairs);
        world.RunFor(60 * Second);
        Assert.True(world.IsInAgreement(), world.ToString());
        held = [.. world.Nodes.Select(node => (Bytes(node), Unheld(node)))];
        return world.Nodes.Sum(node => (long)node.Node.Counters.Repairs) - before;
    }

    /// <summary>Sixteen nodes with about 6 KB of records each; the first eight hold so much of the others' at the most.</summary>
    private static World Filled(int seed, int most, int perNode = 5)
    {
        var world = new World((ulong)seed);
        world.AddCluster(8, options => options with { MaxRecordBytes = most });
        world.AddCluster(8);
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        foreach (var node in world.Nodes)
        {
            for (var i = 0; i < perNode; i++)
                node.Register(Large($"a{i}", i + 1));
        }

        world.RunFor(15 * Second);
        Assert.True(world.RunUntil(world.IsInAgreement, 30 * Second), world.ToString());
        return world;
    }

    private static ServiceRecord Large(string instance, int weight) => new()
    {
        InstanceId = instance, Service = "orders", Weight = weight, Metadata = new Dictionary<string, string> { ["text"] = new('x', 1000) },
    };

    private static void Invent(SimulatedNode node, int number)
    {
        var id = new MemberId(0xF000_0000_0000_0000UL + (ulong)number);
        var address = PeerAddress.From(new System.Net.IPAddress([198, 51, 100, (byte)(number + 1)]), 7390);
        ForgedPacket.Send(node, address, (ref PacketWriter to) => to.TryAlive(id, new Incarnation(1), address, $"invented-{number}", "", 1));
        for (var version = 1UL; version <= 6; version++)
        {
            var entry = new DeltaEntry($"a{version}", version, Sample.Payload(Large($"a{version}", 1)), default);
            var from = version - 1;
            ForgedPacket.Send(node, address, (ref PacketWriter to) => to.TryDelta(id, from, version, 0, [entry]));
        }
    }

    private static int Unheld(SimulatedNode node) => node.Node.Members.Count(member => member.IsLive && member.IsUnheld);

    private static long Bytes(SimulatedNode node) =>
        node.Node.Members.Where(member => member.Id != node.Node.Self.Id).Sum(member => member.Records.Cost);

    private static IEnumerable<string> Shown(SimulatedNode node, SimulatedNode owner) => node.Node.ServicesOf(owner.Node.Self.Id)
        .Select(record => $"{record.InstanceId} {record.Weight}").Order(StringComparer.Ordinal);
}
