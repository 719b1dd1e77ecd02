using System.Net;
using Gossip.Protocol;

namespace Gossip.Simulation.Tests;

/// <summary>Hosts whose addresses change, one at a time, in virtual time.</summary>
public sealed class AddressTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly PeerAddress Elsewhere = PeerAddress.From(IPAddress.Parse("172.16.0.1"), 7390);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(16)]
    public void A_node_that_is_told_its_new_address_is_known_there_within_a_second_and_dies_for_nobody(int nodes)
    {
        using var world = Formed(1, nodes);
        world.Nodes[1].Readdress(Elsewhere, 0.2 * Second);

        world.RunFor(Second);

        Assert.All(world.Nodes, node => Assert.Equal((Elsewhere, MemberState.Alive), Seen(node, world.Nodes[1])));
        Assert.True(world.IsInAgreement(), world.ToString());
        Assert.DoesNotContain(world.Observations, one => one.Kind == ClusterEventKind.MemberDied);
    }

    [Fact]
    public void Many_that_are_lost_at_once_are_all_out_of_reach_soon_and_none_hides_the_others()
    {
        using var world = Formed(5, 40);
        var lost = world.Nodes.Skip(1).Take(12).ToArray();
        for (var i = 0; i < lost.Length; i++)
            lost[i].Readdress(PeerAddress.From(IPAddress.Parse($"172.16.0.{i + 1}"), 7390), 600 * Second);

        var observer = world.Nodes[0];

        Assert.True(
            world.RunUntil(() => lost.All(node => IsOutOfReach(observer, node) || Seen(observer, node)?.State == MemberState.Dead), 120 * Second),
            world.ToString());
        Assert.DoesNotContain(world.Nodes.Skip(13), node => IsOutOfReach(observer, node));
    }

    [Fact]
    public void Two_hosts_that_exchange_their_addresses_die_at_most_once_for_each_and_are_known_where_they_are()
    {
        using var world = Formed(2, 8);
        world.RunFor(10 * Second);
        var (one, other) = (world.Nodes[2].Address, world.Nodes[5].Address);
        world.Nodes[2].Readdress(other, 0.2 * Second);
        world.Nodes[5].Readdress(one, 2 * Second);

        world.RunFor(5 * Second);

        Assert.True(world.IsInAgreement(), world.ToString());
        Assert.All(world.Nodes, node => Assert.Equal((other, MemberState.Alive), Seen(node, world.Nodes[2])));
        Assert.All(world.Nodes, node => Assert.Equal((one, MemberState.Alive), Seen(node, world.Nodes[5])));
        var deaths = world.Observations.Where(happened => happened.Kind == ClusterEventKind.MemberDied)
            .GroupBy(happened => (happened.Observer, happened.Member));
        Assert.All(deaths, times => Assert.Single(times));
    }

    [Fact]
    public void Who_refutes_and_answers_nothing_is_out_of_reach_until_it_answers_and_the_claims_do_not_tell()
    {
        using var world = Formed(3, 6);
        var lost = world.Nodes[4];
        var told = world.Now + (120 * Second);
        lost.Readdress(Elsewhere, told - world.Now);

        SimulatedNode[] others = [.. world.Nodes.Where(node => node != lost)];
        Assert.True(world.RunUntil(() => others.All(node => IsOutOfReach(node, lost)), 60 * Second), world.ToString());
        Assert.DoesNotContain(others, node => others.Any(other => IsOutOfReach(node, other)));

        world.RunFor(told - world.Now);
        Assert.True(world.RunUntil(world.IsInAgreement, 5 * Second), world.ToString());
        Assert.True(world.RunUntil(() => !world.Nodes.Any(node => IsOutOfReach(node, lost)), 10 * Second), world.ToString());
    }

    [Fact]
    public void A_node_does_not_take_an_address_that_nobody_reaches_and_none_once_it_has_left()
    {
        using var world = Formed(4, 3);
        var node = world.Nodes[1];
        foreach (var wrong in new[] { PeerAddress.From(IPAddress.Any, 7390), Elsewhere.WithPort(0) })
            Assert.Throws<ArgumentException>(() => node.Do((machine, now, outbox) => machine.Readdress(now, wrong, outbox)));
        var before = node.Node.Self.Claim;
        node.Do((machine, now, outbox) => machine.Readdress(now, node.Address, outbox));
        Assert.Equal(before, node.Node.Self.Claim);

        node.Do((machine, now, outbox) =>
        {
            machine.Leave(now, outbox);
            machine.Readdress(now, Elsewhere, outbox);
        });

        Assert.Equal(node.Address, node.Node.Self.Address);
    }

    private static World Formed(ulong seed, int nodes)
    {
        var world = new World(seed);
        world.AddCluster(nodes);
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        return world;
    }

    private static (PeerAddress Address, MemberState State)? Seen(SimulatedNode observer, SimulatedNode member) =>
        observer.Node.FindMember(member.Node.Self.Id) is { } seen ? (seen.Address, seen.State) : null;

    private static bool IsOutOfReach(SimulatedNode observer, SimulatedNode member) =>
        observer.Node.FindMember(member.Node.Self.Id) is { IsOutOfReach: true };
}
