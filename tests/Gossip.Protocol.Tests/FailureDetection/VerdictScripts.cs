using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>What a verdict by rumour may do.</summary>
public sealed class VerdictScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_death_by_silence_that_nobody_here_had_suspected_is_a_suspicion_that_can_be_refuted()
    {
        using var world = new World(1);
        world.AddCluster(8);
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        var (accused, teller) = (world.Nodes[1].Node.Self, world.Nodes[2]);
        Span<byte> body = stackalloc byte[64];
        var writer = new PacketWriter(body);
        writer.TryAccusation(new Accusation(accused.Id, new Claim(accused.Claim.Incarnation, MemberState.Dead), new Testimony(teller.Node.Self.Id, Evidence.Silence)));

        teller.Send(world.Nodes[3].Address, Foreign.FrameOf(body[..writer.Length]), Delivery.Datagram);
        world.RunFor(2 * Second);

        Assert.True(world.IsInAgreement(), world.ToString());
        Assert.Contains(world.Observations, seen => seen.Kind == ClusterEventKind.MemberRefuted && seen.Member == accused.Id);
        Assert.DoesNotContain(world.Observations, seen => seen.Kind == ClusterEventKind.MemberDied);
    }
}
