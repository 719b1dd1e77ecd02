using Gossip.Protocol;

namespace Gossip.Simulation.Tests;

/// <summary>The world must do to packets what it says, or what is proven in it is worth nothing.</summary>
public sealed class NetworkTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Loss_takes_about_its_share_of_datagrams_and_no_frame_of_a_stream()
    {
        using var world = new World(1);
        var (from, to) = (world.Add(), world.Add());
        world.Network.Loss = 0.25;
        var before = to.Node.Counters.PacketsReceived;

        for (var i = 0; i < 4000; i++)
            from.Send(to.Address, [0xC0], Delivery.Datagram);
        world.RunFor(Second / 10);
        Assert.InRange(to.Node.Counters.PacketsReceived - before, 2850, 3150);

        world.Network.Loss = 1;
        before = to.Node.Counters.PacketsReceived;
        for (var i = 0; i < 100; i++)
            from.Send(to.Address, [0xC0], Delivery.Stream);
        world.RunFor(Second / 10);
        Assert.Equal(100, to.Node.Counters.PacketsReceived - before);
    }

    [Fact]
    public void Duplication_brings_its_share_of_datagrams_twice()
    {
        using var world = new World(2);
        var (from, to) = (world.Add(), world.Add());
        world.Network.Duplication = 0.5;

        for (var i = 0; i < 4000; i++)
            from.Send(to.Address, [0xC0], Delivery.Datagram);
        world.RunFor(Second / 10);

        Assert.InRange(to.Node.Counters.PacketsReceived, 5850, 6150);
    }

    [Fact]
    public void A_packet_arrives_within_the_delays_that_were_set()
    {
        using var world = new World(3);
        var (from, to) = (world.Add(), world.Add());
        (world.Network.ShortestDelay, world.Network.LongestDelay) = (Second / 2, Second);
        var start = world.Now;

        from.Send(to.Address, [0xC0], Delivery.Datagram);

        Assert.True(world.RunUntil(() => to.Node.Counters.PacketsReceived == 1, 2 * Second));
        Assert.InRange(world.Now - start, Second / 2, Second);
    }

    [Fact]
    public void A_partition_lets_nothing_through_either_way_until_it_heals()
    {
        using var world = new World(4);
        var (one, other) = (world.Add(), world.Add());
        world.Network.Partition([one], [other]);

        one.Send(other.Address, [0xC0], Delivery.Datagram);
        other.Send(one.Address, [0xC0], Delivery.Stream);
        world.RunFor(Second);
        Assert.Equal(0, one.Node.Counters.PacketsReceived + other.Node.Counters.PacketsReceived);

        world.Network.Heal();
        one.Send(other.Address, [0xC0], Delivery.Datagram);
        world.RunFor(Second);
        Assert.Equal(1, other.Node.Counters.PacketsReceived);
    }

    [Fact]
    public void A_cut_is_one_way_for_datagrams_and_the_end_of_streams()
    {
        using var world = new World(5);
        var (one, other) = (world.Add(), world.Add());
        world.Network.Cut(one, other);

        one.Send(other.Address, [0xC0], Delivery.Datagram);
        other.Send(one.Address, [0xC0], Delivery.Stream);
        other.Send(one.Address, [0xC0], Delivery.Datagram);
        world.RunFor(Second);

        Assert.Equal(0, other.Node.Counters.PacketsReceived);
        Assert.Equal(1, one.Node.Counters.PacketsReceived);
    }

    [Fact]
    public void A_stream_to_a_crashed_process_is_refused_and_one_to_a_crashed_host_is_not()
    {
        using var world = new World(6);
        world.AddCluster(3);
        world.RunFor(5 * Second);
        world.Nodes[1].Crash();
        world.Nodes[2].Crash(withHost: true);

        world.RunFor(30 * Second);

        Assert.Equal(Evidence.Refused, EvidenceAgainst(world, "node-1"));
        Assert.Equal(Evidence.Silence, EvidenceAgainst(world, "node-2"));
    }

    [Fact]
    public void A_paused_process_takes_what_waited_for_it_when_it_goes_on()
    {
        using var world = new World(7);
        var (from, to) = (world.Add(), world.Add());
        to.Pause(Second);

        for (var i = 0; i < 10; i++)
            from.Send(to.Address, [0xC0], Delivery.Datagram);
        world.RunFor(Second / 2);
        Assert.Equal(0, to.Node.Counters.PacketsReceived);

        world.RunFor(Second);
        Assert.Equal(10, to.Node.Counters.PacketsReceived);
    }

    [Fact]
    public void A_restart_is_another_member_at_the_same_address_under_the_same_name()
    {
        using var world = new World(8);
        var node = world.Add();
        var before = node.Node.Self;
        world.RunFor(Second);

        node.Restart();

        Assert.NotEqual(before.Id, node.Node.Self.Id);
        Assert.Equal((before.Address, before.Name), (node.Node.Self.Address, node.Node.Self.Name));
        Assert.True(node.Node.Self.Claim.Incarnation > before.Claim.Incarnation);
        Assert.Equal(2, node.Life);
    }

    [Fact]
    public void Time_jumps_to_what_happens_next_and_no_further_than_it_is_told()
    {
        using var world = new World(9);
        world.Add();

        Assert.False(world.RunUntil(() => false, TimeSpan.FromHours(10)));

        Assert.Equal(TimeSpan.FromHours(10), world.Now);
    }

    private static Evidence EvidenceAgainst(World world, string name) =>
        world.Nodes[0].Node.Members.Single(member => member.Name == name && member.State == MemberState.Dead).Gravest.Evidence;
}
