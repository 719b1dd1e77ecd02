using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>Scripts about members that are near and far, in virtual time.</summary>
public sealed class RoundTripScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void A_far_member_is_waited_for_and_neither_suspected_nor_asked_for_by_relays()
    {
        using var world = WithOneFar();
        var before = world.Nodes.Sum(node => node.Node.Counters.Probes);
        var requests = 0;
        world.Network.Tap = (_, _, _, packet) => requests += Foreign.Holds(packet, MessageType.PingRequest) ? 1 : 0;

        world.RunFor(120 * Second);

        Assert.InRange(world.Nodes.Sum(node => node.Node.Counters.Probes) - before, 115 * 8, 121 * 8);
        Assert.Equal(0, requests);
        Assert.Equal(0, world.Nodes.Sum(node => node.Node.Counters.ProbesFailed));
        Assert.DoesNotContain(world.Observations, seen => seen.Kind == ClusterEventKind.MemberSuspected);
        Assert.True(world.IsInAgreement(), world.ToString());
    }

    [Fact]
    public void The_silence_of_a_near_member_is_noticed_sooner_than_that_of_a_far_one()
    {
        // Four round trips, but not less than the shortest time-out and not more than the longest.
        Assert.InRange(NoticedAfter(silent: 1), 50 * Millisecond, 51 * Millisecond);
        Assert.InRange(NoticedAfter(silent: Far), 200 * Millisecond, 201 * Millisecond);
    }

    private const int Far = 5;

    /// <summary>Eight members, all of them measured: 0.2 to 1 ms there and back, but 150 ms to one and from it.</summary>
    private static World WithOneFar()
    {
        var world = new World(3);
        world.AddStandingCluster(8, options => options with { Witnesses = 0 }); // So that all pings are probes.
        world.Nodes[Far].Distance = 75 * Millisecond;
        world.RunFor(100 * Second);
        return world;
    }

    /// <summary>How long a near member waits for one that is silent, until it asks relays.</summary>
    private static TimeSpan NoticedAfter(int silent)
    {
        using var world = WithOneFar();
        var target = world.Nodes[silent];
        var pinged = new Dictionary<SimulatedNode, TimeSpan>();
        TimeSpan? waited = null;
        world.Network.Tap = (from, to, delivery, packet) =>
        {
            if (to == target.Address && delivery == Delivery.Datagram && Foreign.Holds(packet, MessageType.Ping))
                pinged[from] = world.Now;
            else if (from.Index != Far && Foreign.Holds(packet, MessageType.PingRequest))
                waited ??= world.Now - pinged[from];
        };

        target.Crash(withHost: true);

        Assert.True(world.RunUntil(() => waited is not null, 10 * Second), world.ToString());
        return waited!.Value;
    }
}
