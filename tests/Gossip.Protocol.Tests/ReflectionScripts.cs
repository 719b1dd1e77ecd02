using System.Net;

namespace Gossip.Protocol.Tests;

/// <summary>What somebody has nodes send to others. Each attack succeeds where its defence is switched off.</summary>
public sealed class ReflectionScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The questions of a newcomer that joined a moment ago, sent again and again from its address: each drew the cluster's state once.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Recorded_frames_draw_no_more_to_a_member_than_they_bring(bool isDefended)
    {
        var switchedOff = isDefended ? Defences.None : Defences.Budget;
        using var world = AttackScripts.Cluster(12, 5, switchedOff, isSealed: true);
        foreach (var node in world.Nodes)
            node.Register(Sample.Numbered("a", 7) with { Metadata = new Dictionary<string, string> { ["text"] = new('x', 4000) } });
        world.RunFor(5 * Second);
        var (asked, newcomer) = (world.Nodes[0], world.Add(options => options with { SwitchedOff = switchedOff, Key = new byte[32] }));
        var (recorded, drawn) = (new List<byte[]>(), 0L);
        world.Network.Tap = (from, to, _, bytes) => recorded.AddRange(from == newcomer && to == asked.Address ? [bytes.ToArray()] : []);
        newcomer.SeededBy(asked);
        world.RunFor(5 * Second);
        world.Network.Tap = (_, to, _, bytes) => drawn += to == newcomer.Address ? bytes.Length : 0;

        for (var again = 0; again < 10; again++)
        {
            foreach (var delivery in new[] { Delivery.Datagram, Delivery.Stream })
                recorded.ForEach(frame => asked.Do((node, now, outbox) => node.Receive(now, newcomer.Address, frame, delivery, outbox)));
        }

        Assert.Equal(isDefended, drawn <= 20L * recorded.Sum(frame => frame.Length));
        Assert.All(world.Nodes, node => Assert.Equal(6, node.LiveCount));
    }

    /// <summary>
    /// In the name of a live member a relay is asked for pings to a newcomer that somebody has invented, while there is news that could
    /// ride along with them.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Ping_requests_draw_no_more_to_an_address_that_never_spoke_than_they_brought(bool isDefended)
    {
        using var world = AttackScripts.Cluster(9, 8, isDefended ? Defences.None : Defences.Budget);
        var (relay, victim, ghost) = (world.Nodes[0], PeerAddress.From(IPAddress.Parse("198.51.100.7"), 53), new MemberId(77));
        var (incarnation, asker) = (relay.Node.Self.Claim.Incarnation, world.Nodes[1]);
        var brought = ForgedPacket.Send(
            relay, victim, (ref PacketWriter writer) => writer.TryAlive(ghost, incarnation, victim, "n", "", 1));
        for (var i = 0; i < 40; i++)
            relay.Register(Sample.Numbered($"instance-{i}", 7));
        var drawn = 0;
        world.Network.Tap = (_, to, _, bytes) => drawn += to == victim ? bytes.Length : 0;
        var dropped = relay.Node.Counters.Dropped(DropReason.LimitReached);

        for (var i = 0U; i < 300; i++)
        {
            var request = new PingRequest(i, 0, asker.Node.Self.Id, ghost, victim);
            brought += ForgedPacket.Send(relay, asker.Address, (ref PacketWriter writer) => writer.TryPingRequest(request));
        }

        Assert.Equal(isDefended, drawn <= brought);
        Assert.Equal(300 - Limits.RelaysInFlight, relay.Node.Counters.Dropped(DropReason.LimitReached) - dropped);
        world.RunFor(20 * Second);
        Assert.All(world.Nodes, node => Assert.Equal(8, node.LiveCount));
    }
}
