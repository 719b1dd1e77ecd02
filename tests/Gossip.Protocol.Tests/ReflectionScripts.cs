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

    /// <summary>A member's ping, sent again and again from its address, while there is news that could ride along with the acks.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_recorded_ping_draws_news_to_a_member_once(bool isDefended)
    {
        using var world = AttackScripts.Cluster(13, 5, isDefended ? Defences.None : Defences.Budget, isSealed: true);
        var (asked, member, drawn) = (world.Nodes[0], world.Nodes[1], 0);
        var frames = new List<byte[]>();
        world.Network.Tap = (from, to, _, bytes) => frames.AddRange(from == member && to == asked.Address ? [bytes.ToArray()] : []);
        world.RunFor(15 * Second);
        world.Network.Tap = (from, to, _, bytes) => drawn += from == asked && to == member.Address ? bytes.Length : 0;
        var recorded = frames.First(frame => Hear(frame, times: 1) > 0);
        for (var i = 0; i < 40; i++)
            asked.Register(Sample.Numbered($"instance-{i}", 7));

        Assert.Equal(isDefended, Hear(recorded, times: 20) <= Limits.DatagramSize + (20 * recorded.Length));

        int Hear(byte[] frame, int times)
        {
            drawn = 0;
            for (var again = 0; again < times; again++)
                asked.Do((node, now, outbox) => node.Receive(now, member.Address, frame, Delivery.Datagram, outbox));
            return drawn;
        }
    }

    /// <summary>There are as many of those as members and seconds, and each would draw its news once.</summary>
    [Fact]
    public void Recorded_pings_to_others_draw_no_news()
    {
        using var world = AttackScripts.Cluster(13, 5, Defences.None, isSealed: true);
        var (asked, member, drawn) = (world.Nodes[0], world.Nodes[1], 0);
        var frames = new List<byte[]>();
        world.Network.Tap = (from, to, _, bytes) =>
            frames.AddRange(from == member && to != asked.Address && !frames.Exists(one => bytes.SequenceEqual(one)) ? [bytes.ToArray()] : []);
        world.RunFor(15 * Second);
        for (var i = 0; i < 40; i++)
            asked.Register(Sample.Numbered($"instance-{i}", 7));
        world.Network.Tap = (from, to, _, bytes) => drawn += from == asked && to == member.Address ? bytes.Length : 0;

        frames.ForEach(frame => asked.Do((node, now, outbox) => node.Receive(now, member.Address, frame, Delivery.Datagram, outbox)));

        Assert.InRange(drawn, 1, frames.Sum(frame => frame.Length));
    }

    /// <summary>A newcomer that somebody has invented has the name of the node that hears of it, which asks whether it is there.</summary>
    [Fact]
    public void A_claim_to_a_nodes_own_name_draws_no_more_to_the_claimed_address_than_it_brought()
    {
        using var world = AttackScripts.Cluster(14, 5, Defences.None);
        var (hearer, victim) = (world.Nodes[0], PeerAddress.From(IPAddress.Parse("198.51.100.7"), 53));
        var (self, drawn) = (hearer.Node.Self, 0);
        world.Network.Tap = (_, to, _, bytes) => drawn += to == victim ? bytes.Length : 0;

        var brought = ForgedPacket.Send(
            hearer, victim, (ref PacketWriter writer) => writer.TryAlive(new MemberId(77), self.Claim.Incarnation, victim, self.Name, "", 1));

        Assert.InRange(drawn, 1, brought);
    }

    /// <summary>A member's request to ping another, sent again and again from its address.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_recorded_ping_request_is_carried_once(bool isDefended)
    {
        using var world = AttackScripts.Cluster(15, 5, isDefended ? Defences.None : Defences.Budget, isSealed: true);
        var (relay, asker, target) = (world.Nodes[0], world.Nodes[1], world.Nodes[2]);
        var (recorded, pings) = (new List<byte[]>(), 0);
        world.Network.Tap = (from, to, _, bytes) => recorded.AddRange(from == asker && to == relay.Address ? [bytes.ToArray()] : []);
        target.Crash(withHost: true);
        Assert.True(
            world.RunUntil(() => relay.Node.FindMember(target.Node.Self.Id) is { State: MemberState.Suspect }, 30 * Second), world.ToString());
        world.Network.Tap = (from, to, _, _) => pings += from == relay && to == target.Address ? 1 : 0;

        foreach (var frame in recorded)
        {
            for (var again = 0; again < 5; again++)
                relay.Do((node, now, outbox) => node.Receive(now, asker.Address, frame, Delivery.Datagram, outbox));
        }

        Assert.Equal(isDefended, pings == 0);
    }

    /// <summary>
    /// In the name of a live member a relay is asked for pings to a newcomer that somebody has invented and suspects, while there is news
    /// that could ride along with them.
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
        var suspicion = new Accusation(ghost, new Claim(incarnation, MemberState.Suspect), new Testimony(asker.Node.Self.Id, Evidence.Silence, 0, null));
        brought += ForgedPacket.Send(relay, asker.Address, (ref PacketWriter writer) => writer.TryAccusation(suspicion));
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

    /// <summary>
    /// A member says of others that they are at an address that is none's: each claim has the hearer ask there, and it is small.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Claims_draw_no_more_to_the_claimed_address_than_they_brought_whoever_makes_them(bool isDefended)
    {
        using var world = AttackScripts.Cluster(14, 8, isDefended ? Defences.None : Defences.Budget);
        var (hearer, speaker, moved) = (world.Nodes[0], world.Nodes[1], world.Nodes[2].Node.Self);
        var (brought, drawn) = (0, 0);
        for (var i = 0; i < 40; i++)
        {
            var victim = PeerAddress.From(IPAddress.Parse("198.51.100.7"), (ushort)(1000 + i));
            world.Network.Tap = (_, to, _, bytes) => drawn += to == victim ? bytes.Length : 0;
            var incarnation = new Incarnation(moved.Claim.Incarnation.Value + 1);
            brought += ForgedPacket.Send(
                hearer, speaker.Address, (ref PacketWriter writer) => writer.TryAlive(moved.Id, incarnation, victim, "n", "", 1));
        }

        Assert.InRange(drawn, 1, int.MaxValue);
        Assert.Equal(isDefended, drawn <= brought);
    }
}
