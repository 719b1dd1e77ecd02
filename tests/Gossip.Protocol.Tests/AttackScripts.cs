using System.Net;
using Gossip.Simulation;

namespace Gossip.Protocol.Tests;

/// <summary>
/// Attacks, each of which succeeds where its defence is switched off, and changes nothing where it is not. The attacker has no key, but
/// where the cluster has none either, and may send from any address.
/// </summary>
public sealed class AttackScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly PeerAddress Elsewhere = PeerAddress.From(IPAddress.Parse("169.254.169.254"), 80);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whoever_claims_a_members_address_does_not_keep_it_out(bool isDefended)
    {
        using var world = Cluster(1, 5, isDefended ? Defences.None : Defences.Addresses);
        var victim = world.Nodes[2].Node.Self;
        var (seen, shown) = (0, 0);

        for (var i = 1UL; i <= 30; i++)
        {
            var (id, incarnation) = (new MemberId(i), new Incarnation(victim.Claim.Incarnation.Value + 1000 + i));
            TellAll(world, (ref PacketWriter writer) => writer.TryAlive(id, incarnation, victim.Address, "claimant", "", 1));
            seen++;
            shown += world.Nodes.Where(node => node != world.Nodes[2]).All(node => node.Node.FindMember(victim.Id) is { IsLive: true }) ? 1 : 0;
            world.RunFor(Second);
        }

        Assert.Equal(isDefended, shown == seen);
        if (isDefended)
            Assert.DoesNotContain(world.Observations, happened => happened.Kind == ClusterEventKind.MemberDied);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_packet_moves_no_member_to_another_address(bool isDefended)
    {
        using var world = Cluster(2, 5, isDefended ? Defences.None : Defences.Addresses | Defences.Steps);
        var victim = world.Nodes[2].Node.Self;

        TellAll(world, (ref PacketWriter writer) =>
            writer.TryAlive(victim.Id, new Incarnation(Limits.Incarnation - 1), Elsewhere, victim.Name, "", 1));
        world.RunFor(5 * Second);

        var others = world.Nodes.Where(node => node != world.Nodes[2]).Select(node => node.Node.FindMember(victim.Id)!);
        Assert.Equal(isDefended, others.All(member => member.IsLive && member.Address == victim.Address));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Two_packets_kill_no_member(bool isDefended)
    {
        using var world = Cluster(3, 5, isDefended ? Defences.None : Defences.Addresses | Defences.Steps);
        var victim = world.Nodes[2].Node.Self;
        var forged = new Incarnation(Limits.Incarnation - 1);
        var dead = new Accusation(
            victim.Id, new Claim(forged, MemberState.Dead), new Testimony(world.Nodes[1].Node.Self.Id, Evidence.Refused));

        TellAll(world, (ref PacketWriter writer) => writer.TryAlive(victim.Id, forged, victim.Address, victim.Name, "", 1));
        TellAll(world, (ref PacketWriter writer) => writer.TryAccusation(dead));
        world.RunFor(20 * Second);

        var others = world.Nodes.Where(node => node != world.Nodes[2]).Select(node => node.Node.FindMember(victim.Id)!);
        Assert.Equal(isDefended, others.All(member => member.IsLive));
    }

    /// <summary>The victim outranks the first, and would have no number left to outrank the second.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_accusation_uses_up_a_members_incarnations(bool isDefended)
    {
        using var world = Cluster(3, 5, isDefended ? Defences.None : Defences.Steps);
        var victim = world.Nodes[2].Node.Self;
        var testimony = new Testimony(world.Nodes[1].Node.Self.Id, Evidence.Refused);
        foreach (var (below, state) in new[] { (2UL, MemberState.Suspect), (1UL, MemberState.Dead) })
        {
            var forged = new Accusation(victim.Id, new Claim(new Incarnation(Limits.Incarnation - below), state), testimony);
            TellAll(world, (ref PacketWriter writer) => writer.TryAccusation(forged));
            world.RunFor(20 * Second);
        }

        var others = world.Nodes.Where(node => node != world.Nodes[2]).Select(node => node.Node.FindMember(victim.Id)!);
        Assert.Equal(isDefended, others.All(member => member.IsLive));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_record_at_the_greatest_version_stays_in_a_members_name(bool isDefended)
    {
        using var world = Cluster(4, 5, isDefended ? Defences.None : Defences.Steps);
        var owner = world.Nodes[2];
        owner.Register(Sample.Numbered("true", 7));
        world.RunFor(Second);
        var payload = Sample.Payload(new ServiceRecord { InstanceId = "forged", Service = "payments" });
        DeltaEntry[] entries = [new DeltaEntry("forged", Limits.Version - 1, payload, default)];
        var version = owner.Node.Self.RecordsVersion;

        TellAll(world, (ref PacketWriter writer) => writer.TryDelta(owner.Node.Self.Id, version, Limits.Version - 1, 0, entries));
        world.RunFor(20 * Second);

        Assert.Equal(isDefended, world.Nodes.All(node => node.Node.ServicesOf(owner.Node.Self.Id).All(record => record.InstanceId == "true")));
    }

    [Fact]
    public void However_often_somebody_speaks_in_a_members_name_it_stays_where_it_is()
    {
        using var world = Cluster(5, 8, Defences.None);
        var victim = world.Nodes[2].Node;
        var packets = 0;
        world.Network.Tap = (_, _, _, _) => packets++;
        var before = world.Nodes.Sum(node => node.Node.Members.Count);

        for (var i = 0; i < 3_000; i++)
        {
            var incarnation = new Incarnation(victim.Self.Claim.Incarnation.Value + (i % 2 == 0 ? 5UL : 1UL << 40));
            var to = world.Nodes[i % 8];
            ForgedPacket.Send(to, Elsewhere, (ref PacketWriter writer) => writer.TryAlive(victim.Self.Id, incarnation, i % 3 == 0 ? Elsewhere : victim.Self.Address, "x", "", 1));
            world.RunFor(Second / 10);
            Assert.All(world.Nodes, node => Assert.Equal(
                (true, victim.Self.Address), (node.Node.FindMember(victim.Self.Id)!.IsLive, node.Node.FindMember(victim.Self.Id)!.Address)));
        }

        Assert.Equal(before, world.Nodes.Sum(node => node.Node.Members.Count));
        // Of each forgery one refutation spreads at the most: a rumour's packets, and the questions of those that hear it.
        Assert.InRange(packets, 1, 3_000 * 100);
        Assert.InRange(world.Observations.Count(happened => happened.Kind == ClusterEventKind.Impersonated), 3, 6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_packet_draws_no_more_to_an_address_that_never_spoke_than_it_brought(bool isDefended)
    {
        using var world = Cluster(6, 8, isDefended ? Defences.None : Defences.Budget);
        for (var i = 0; i < 40; i++)
            world.Nodes[i % 8].Register(Sample.Numbered($"instance-{i}", 7));
        world.RunFor(5 * Second);
        var victim = PeerAddress.From(IPAddress.Parse("198.51.100.7"), 53);
        var drawn = 0L;
        world.Network.Tap = (_, to, _, bytes) => drawn += to == victim ? bytes.Length : 0;
        var incarnation = world.Nodes[0].Node.Self.Claim.Incarnation;

        var brought = ForgedPacket.Send(world.Nodes[0], victim, (ref PacketWriter writer) =>
        {
            writer.TryAlive(new MemberId(77), incarnation, victim, "n", "", 1);
            writer.TryPing(new Ping(1, 2, new MemberId(77), 0, 3));
            for (var i = 0; i < 100; i++)
                writer.TryDigest(0, 0, []);
        });

        Assert.Equal(isDefended, drawn <= brought);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_load_at_the_greatest_number_stays_in_a_members_name(bool isDefended)
    {
        using var world = Cluster(10, 5, isDefended ? Defences.None : Defences.Steps);
        var victim = world.Nodes[2];
        var forged = new LoadReport(victim.Node.Self.Id, Limits.LoadSequence - 1, TimeSpan.Zero, new Load(60_000, 0, 0));
        for (var second = 0; second < 10; second++)
        {
            victim.ReportLoad(new Load(5, 0, 0));
            TellAll(world, (ref PacketWriter writer) => writer.TryLoads([forged]));
            world.RunFor(Second);
        }

        Assert.Equal(isDefended, world.Nodes.All(node => LoadOf(node, victim).InFlight == 5));
    }

    /// <summary>
    /// Each report raises the number by as much as is believed, and the member hears of none of them: its own next load is far below. Where
    /// nothing is known of its load, one report raises it as far.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Numbers_of_loads_that_are_raised_step_by_step_count_no_longer_than_the_loads(bool isKnown)
    {
        using var world = Cluster(10, 5, Defences.None);
        var victim = world.Nodes[2];
        victim.ReportLoad(isKnown ? new Load(5, 0, 0) : Load.Idle);
        world.RunFor(2 * Second);
        var first = isKnown ? 0 : Limits.FirstLoadSequence;
        var forged = Enumerable.Range(1, 3)
            .Select(i => new LoadReport(victim.Node.Self.Id, first + ((ulong)i * Limits.Step), TimeSpan.Zero, new Load(60_000, 0, 0))).ToArray();
        foreach (var node in world.Nodes.Where(node => node != victim))
            ForgedPacket.Send(node, Elsewhere, (ref PacketWriter writer) => writer.TryLoads(forged));
        world.RunFor(Second);
        Assert.All(world.Nodes.Where(node => node != victim), node => Assert.Equal(60_000, LoadOf(node, victim).InFlight));

        for (var second = 0; second < 25; second++)
        {
            victim.ReportLoad(new Load(6, 0, 0));
            world.RunFor(Second);
        }

        Assert.All(world.Nodes, node => Assert.Equal(6, LoadOf(node, victim).InFlight));
    }

    /// <summary>Stale before the node passes it on, so that the member does not hear of it.</summary>
    [Fact]
    public void A_load_that_is_stale_in_a_moment_raises_no_number_behind_its_owners_back()
    {
        using var world = Cluster(10, 5, Defences.None);
        var (victim, other) = (world.Nodes[2], world.Nodes[3]);
        victim.ReportLoad(new Load(5, 0, 0));
        world.RunFor(2 * Second);
        var paced = new LoadReport(other.Node.Self.Id, 1, TimeSpan.Zero, new Load(9, 0, 0));
        var forged = new LoadReport(victim.Node.Self.Id, Limits.Step, Load.StaleAfter - (Second / 10), new Load(60_000, 0, 0));
        foreach (var node in world.Nodes.Where(node => node != victim))
        {
            ForgedPacket.Send(node, Elsewhere, (ref PacketWriter writer) => writer.TryLoads([paced]));
            ForgedPacket.Send(node, Elsewhere, (ref PacketWriter writer) => writer.TryLoads([forged]));
        }

        world.RunFor(20 * Second);
        victim.ReportLoad(new Load(6, 0, 0));
        world.RunFor(2 * Second);

        Assert.All(world.Nodes, node => Assert.Equal(6, LoadOf(node, victim).InFlight));
    }

    /// <summary>A member was busy, and is idle: that is told once. Its old load is told again when all have forgotten how it is.</summary>
    [Fact]
    public void A_recorded_load_does_not_come_back_when_the_newer_one_is_stale()
    {
        using var world = Cluster(10, 5, Defences.None);
        var victim = world.Nodes[2];
        victim.ReportLoad(new Load(5, 0, 0));
        world.RunFor(2 * Second);
        victim.ReportLoad(Load.Idle);
        world.RunFor(20 * Second);

        TellAll(world, (ref PacketWriter writer) =>
            writer.TryLoads([new LoadReport(victim.Node.Self.Id, 1, TimeSpan.Zero, new Load(5, 0, 0))]));
        world.RunFor(Second);

        Assert.All(world.Nodes, node => Assert.Equal(Load.Idle, LoadOf(node, victim)));
    }

    /// <summary>Reports that the member itself hears would have it follow, each by as much as it may.</summary>
    [Fact]
    public void Loads_that_a_member_never_told_raise_its_number_by_one_step_for_each_that_it_tells()
    {
        using var world = Cluster(10, 5, Defences.None);
        var victim = world.Nodes[2];
        victim.ReportLoad(new Load(5, 0, 0));
        for (var i = 1UL; i <= 1_000; i++)
        {
            var forged = new LoadReport(victim.Node.Self.Id, i * Limits.Step, TimeSpan.Zero, new Load(60_000, 0, 0));
            ForgedPacket.Send(victim, Elsewhere, (ref PacketWriter writer) => writer.TryLoads([forged]));
        }

        var told = 0UL;
        world.Network.Tap = (from, _, _, bytes) =>
        {
            if (from == victim)
                told = Math.Max(told, SequenceOf(bytes));
        };
        world.RunFor(5 * Second);
        Assert.InRange(told, Limits.Step, 2 * Limits.Step);
    }

    private static ulong SequenceOf(ReadOnlySpan<byte> frame)
    {
        var (most, heard) = (0UL, new List<LoadReport>());
        var reader = new PacketReader(Foreign.BodyOf(frame.ToArray()));
        while (reader.TryNext(out var type, out var message))
        {
            if (type == MessageType.Loads && PacketReader.TryLoads(message, heard))
                most = heard.Select(report => report.Sequence).Append(most).Max();
        }

        return most;
    }

    /// <summary>
    /// A newcomer that somebody has invented says without end that a member has written records, and does not give them to those that ask.
    /// </summary>
    [Fact]
    public void Notices_that_are_never_answered_hold_up_no_record()
    {
        using var world = Cluster(11, 5, Defences.None);
        var (owner, hearer) = (world.Nodes[2], world.Nodes[0]);
        var (id, version, incarnation) = (owner.Node.Self.Id, owner.Node.Self.RecordsVersion, hearer.Node.Self.Claim.Incarnation);
        var (questions, packets) = (0, 0);
        world.Network.Tap = (from, to, _, _) => questions += from == hearer && to == Elsewhere ? 1 : 0;
        ForgedPacket.Send(
            hearer, Elsewhere, (ref PacketWriter writer) => writer.TryAlive(new MemberId(77), incarnation, Elsewhere, "n", "", 1));
        owner.Register(Sample.Numbered("a", 7) with { Metadata = new Dictionary<string, string> { ["text"] = new('x', 4000) } });

        for (; packets < 50; packets++)
        {
            var claimed = version + 2 + (ulong)packets;
            ForgedPacket.Send(hearer, Elsewhere, (ref PacketWriter writer) => writer.TryNotice(id, claimed));
            world.RunFor(Second / 10);
        }

        Assert.Single(hearer.Node.ServicesOf(id));
        Assert.InRange(questions, 1, 2 * packets);
        world.RunFor(20 * Second);
        Assert.All(world.Nodes, node => Assert.Equal(5, node.LiveCount));
        Assert.All(world.Nodes, node => Assert.Single(node.Node.ServicesOf(id)));
    }

    /// <summary>All frames of a member that has left, sent again when its goodbye is forgotten, and to a node that has just started.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Recorded_frames_bring_nobody_back_that_has_left(bool isDefended)
    {
        var recorded = new List<(PeerAddress From, byte[] Frame)>();
        using var world = Cluster(8, 5, isDefended ? Defences.None : Defences.Tokens | Defences.Freshness, isSealed: true, recorded);
        var leaver = world.Nodes[4];
        leaver.Register(Sample.Numbered("a", 7));
        world.RunFor(30 * Second);
        world.Network.Tap = null;
        var id = leaver.Node.Self.Id;
        leaver.Leave();
        world.RunFor(TimeSpan.FromMinutes(11));
        var newcomer = world.Add();
        newcomer.SeededBy(world.Nodes[0]);
        world.RunFor(5 * Second);
        Assert.Null(world.Nodes[0].Node.FindMember(id));

        foreach (var (from, frame) in recorded)
        {
            foreach (var node in world.Nodes.Where(node => node != leaver))
                node.Do((one, now, outbox) => one.Receive(now, from, frame, Delivery.Datagram, outbox));
        }

        Assert.Equal(isDefended, world.Nodes.Where(node => node != leaver).All(node => node.Node.FindMember(id) is null));
    }

    internal static World Cluster(
        ulong seed, int size, Defences switchedOff, bool isSealed = false, List<(PeerAddress From, byte[] Frame)>? recorded = null)
    {
        var world = new World(seed);
        if (recorded is not null)
            world.Network.Tap = (from, _, _, bytes) => recorded.Add((from.Address, bytes.ToArray()));
        world.AddCluster(size, options => options with { SwitchedOff = switchedOff, Key = isSealed ? new byte[32] : default(ReadOnlyMemory<byte>) });
        Assert.True(world.RunUntil(world.IsInAgreement, 30 * Second), world.ToString());
        world.RunFor(20 * Second);
        return world;
    }

    private static Load LoadOf(SimulatedNode node, SimulatedNode other)
    {
        var load = default(Load);
        node.Do((protocol, now, _) => protocol.TryFindLoad(other.Node.Self.Id, now, out load, out var _));
        return load;
    }

    private static void TellAll(World world, ForgedPacket.Fill fill)
    {
        foreach (var node in world.Nodes)
            ForgedPacket.Send(node, Elsewhere, fill);
    }
}
