using System.Net;
using Gossip.Simulation;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests;

/// <summary>Packets that no honest node sends, in a world of honest ones. They come from an address that nobody has.</summary>
public sealed class HostileScripts
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly PeerAddress Stranger = PeerAddress.From(IPAddress.Parse("192.0.2.1"), 9999);

    [Fact]
    public void A_forged_version_of_a_members_records_does_not_silence_the_member()
    {
        using var world = Converged(1, 4);
        var owner = world.Nodes[1].Node.Self.Id;
        world.Nodes[1].Register(new ServiceRecord { InstanceId = "a", Service = "orders" });
        world.RunFor(Second);

        Inject(world.Nodes[2], (ref PacketWriter writer) => writer.TryDelta(owner, 0, 1_000_000, 0, []));

        Assert.True(world.RunUntil(() => world.IsInAgreement() && world.Nodes[1].Node.Self.RecordsVersion > 1_000_000, 10 * Second), world.ToString());
        Assert.All(world.Nodes, node => Assert.Single(node.Node.ServicesOf(owner)));
        world.Nodes[1].Deregister("a");
        Assert.True(world.RunUntil(() => world.Nodes.All(node => node.Node.ServicesOf(owner).Count == 0), Second), world.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_forged_record_goes_when_its_owner_hears_of_it(bool hasRecords)
    {
        using var world = Converged(1, 4);
        var owner = world.Nodes[1].Node.Self.Id;
        if (hasRecords)
            world.Nodes[1].Register(new ServiceRecord { InstanceId = "a", Service = "orders" });
        world.RunFor(Second);
        var entry = new DeltaEntry("forged", 1_000_000, Sample.Payload(new ServiceRecord { InstanceId = "forged", Service = "orders" }), default);

        Inject(world.Nodes[2], (ref PacketWriter writer) => writer.TryDelta(owner, world.Nodes[1].Node.Self.RecordsVersion, 1_000_000, 0, [entry]));

        Assert.Contains(world.Nodes[2].Node.ServicesOf(owner), record => record.InstanceId == "forged");
        Assert.True(world.RunUntil(() => world.Nodes.All(node => node.Node.ServicesOf(owner).Count == (hasRecords ? 1 : 0)), 10 * Second), world.ToString());
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
    }

    /// <summary>Each is believed of a node that believed the one before, and together they are more than the owner follows at once.</summary>
    [Fact]
    public void Versions_that_are_raised_step_by_step_silence_no_owner()
    {
        using var world = Offering(out var owner, "a");
        var version = owner.RecordsVersion;

        Inject(world.Nodes[2], (ref PacketWriter writer) =>
        {
            for (var step = 0UL; step < 3; step++)
                writer.TryDelta(owner.Id, step == 0 ? 0 : version + (step * Limits.Step), version + ((step + 1) * Limits.Step), 0, []);
        });

        Assert.Empty(world.Nodes[2].Node.ServicesOf(owner.Id));
        Assert.True(world.RunUntil(() => world.Nodes.All(node => node.Node.ServicesOf(owner.Id).Count == 1), 30 * Second), world.ToString());
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        world.Nodes[1].Deregister("a");
        Assert.True(world.RunUntil(() => world.Nodes.All(node => node.Node.ServicesOf(owner.Id).Count == 0), 10 * Second), world.ToString());
    }

    [Fact]
    public void However_often_a_version_is_forged_its_owner_writes_anew_once_a_second()
    {
        using var world = Offering(out var owner, "a");
        world.RunFor(Second);
        var (before, raises) = (owner.RecordsVersion, 0);

        for (var i = 0; i < 200; i++)
        {
            Inject(world.Nodes[1], (ref PacketWriter writer) => writer.TryNotice(owner.Id, owner.RecordsVersion + 1));
            raises += owner.RecordsVersion > before ? 1 : 0;
            before = owner.RecordsVersion;
            world.RunFor(Second / 100);
        }

        Assert.InRange(raises, 1, 3);
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
        Assert.All(world.Nodes, node => Assert.Single(node.Node.ServicesOf(owner.Id)));
    }

    /// <summary>They would be shown, and no digest would tell of them.</summary>
    [Fact]
    public void Records_that_do_not_follow_what_is_known_are_held_only_where_they_are_passed_on()
    {
        using var world = Offering(out var owner, "a");
        var version = owner.RecordsVersion + 1000;
        var payload = Sample.Payload(new ServiceRecord { InstanceId = "forged", Service = "orders" });

        Inject(world.Nodes[2], (ref PacketWriter writer) => writer.TryDelta(
            owner.Id, version, version + 2, 0, [new DeltaEntry("a", version + 1, null, default), new DeltaEntry("forged", version + 2, payload, default)]));

        Assert.Equal(["a"], world.Nodes[2].Node.ServicesOf(owner.Id).Select(record => record.InstanceId));
        Inject(world.Nodes[2], (ref PacketWriter writer) => writer.TryDelta(
            owner.Id, version, version + 2, 0, [new DeltaEntry("forged", version + 2, payload, default)]));
        Assert.True(world.RunUntil(() => world.Nodes.All(
            node => node.Node.ServicesOf(owner.Id) is [{ InstanceId: "a" }] && node.Node.FindMember(owner.Id)!.RecordsVersion > version), 30 * Second), world.ToString());
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
    }

    /// <summary>Two tables that hold other records at one version have one digest: so such news takes nothing away.</summary>
    [Fact]
    public void A_forged_delta_that_raises_no_version_changes_nothing()
    {
        using var world = Offering(out var owner, "a", "b");
        var version = owner.RecordsVersion;
        var forged = new DeltaEntry("forged", version, Sample.Payload(new ServiceRecord { InstanceId = "forged", Service = "orders" }), default);

        foreach (var node in world.Nodes)
        {
            Inject(node, (ref PacketWriter writer) => writer.TryDelta(owner.Id, 0, version, 0, []));
            Inject(node, (ref PacketWriter writer) => writer.TryDelta(owner.Id, 0, version, 0, [forged]));
            Assert.Equal(["a", "b"], node.Node.ServicesOf(owner.Id).Select(record => record.InstanceId));
        }
    }

    /// <summary>It was spread before the owner wrote, and reaches the owner after.</summary>
    [Fact]
    public void Another_record_at_a_version_of_its_own_is_contradicted_by_its_owner()
    {
        using var world = Converged(1, 4);
        var owner = world.Nodes[1].Node.Self;
        var version = owner.RecordsVersion;
        var forged = new DeltaEntry("forged", version + 1, Sample.Payload(new ServiceRecord { InstanceId = "forged", Service = "orders" }), default);
        world.Nodes[1].Register(new ServiceRecord { InstanceId = "a", Service = "orders" });
        foreach (var node in world.Nodes.Where(node => node != world.Nodes[1]))
            Inject(node, (ref PacketWriter writer) => writer.TryDelta(owner.Id, version, version + 1, 0, [forged]));

        Assert.Contains(world.Nodes[2].Node.ServicesOf(owner.Id), record => record.InstanceId == "forged");
        Assert.True(
            world.RunUntil(() => world.Nodes.All(node => node.Node.ServicesOf(owner.Id) is [{ InstanceId: "a" }]), 20 * Second), world.ToString());
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
    }

    /// <summary>Who knows which version follows a forgery can forge that one too, before its owner writes it.</summary>
    [Fact]
    public void How_far_above_a_forged_version_its_owner_goes_is_not_to_be_foreseen()
    {
        using var world = Offering(out var owner, "a");
        var distances = new HashSet<ulong>();
        for (var again = 0; again < 20; again++)
        {
            var forged = owner.RecordsVersion + 1000;
            Inject(world.Nodes[1], (ref PacketWriter writer) => writer.TryDelta(owner.Id, 0, forged, 0, []));
            world.RunFor(2 * Second);
            distances.Add(owner.RecordsVersion - forged);
        }

        Assert.InRange(distances.Count, 15, 20);
        Assert.All(distances, distance => Assert.InRange(distance, 1UL, 1UL << 17));
        Assert.True(world.RunUntil(world.IsInAgreement, 10 * Second), world.ToString());
    }

    /// <summary>The accusation makes the ack longer than the ping was, and goes along where there is room.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public void The_ping_of_a_member_that_is_held_dead_is_answered(int padding)
    {
        using var world = Converged(1, 4);
        var (asked, dead) = (world.Nodes[0], world.Nodes[1]);
        dead.Crash();
        Assert.True(world.RunUntil(() => asked.Node.FindMember(dead.Node.Self.Id) is { IsLive: false }, 20 * Second), world.ToString());
        var answers = new List<byte[]>();
        world.Network.Tap = (from, to, _, bytes) => answers.AddRange(from == asked && to == dead.Address ? [bytes.ToArray()] : []);

        var ping = new Ping(1, 2, dead.Node.Self.Id, asked.Node.Self.Id.Tag, uint.MaxValue);
        var brought = Inject(asked, (ref PacketWriter writer) => writer.TryPing(ping, padding), dead.Address);

        var answer = Assert.Single(answers);
        Assert.InRange(answer.Length, 1, brought);
        Assert.Equal(padding > 0, Messages(answer).Contains(MessageType.Dead));
    }

    /// <summary>The bare question proves the address, and the long one leaves room for an answer that says who is there.</summary>
    [Fact]
    public void A_claim_from_elsewhere_draws_a_bare_question_and_its_answer_one_long_one()
    {
        using var world = Converged(1, 4);
        var (asked, speaker, held) = (world.Nodes[0], world.Nodes[1], world.Nodes[2]);
        var incarnation = asked.Node.Self.Claim.Incarnation;
        var questions = new List<int>();
        world.Network.Tap = (from, to, _, bytes) => questions.AddRange(from == asked && to == held.Address ? [bytes.Length] : []);

        var brought = Inject(
            asked, (ref PacketWriter writer) => writer.TryAlive(new MemberId(77), incarnation, held.Address, "payments-2", "", 1), speaker.Address);

        Assert.InRange(Assert.Single(questions), 1, brought);
        world.RunFor(Second / 10);
        Assert.Single(questions, length => length > Limits.ProfileBytes);
        world.RunFor(20 * Second);
        Assert.Single(questions, length => length > Limits.ProfileBytes);
    }

    /// <summary>The question to the claimed address is as long as the packet may draw.</summary>
    [Fact]
    public void A_claim_beside_a_ping_leaves_room_for_the_ack()
    {
        using var world = Converged(1, 4);
        var (asked, claimed) = (world.Nodes[0], world.Nodes[1].Address);
        var incarnation = asked.Node.Self.Claim.Incarnation;
        var (questions, acks) = (0, 0);
        world.Network.Tap = (from, to, _, _) =>
        {
            questions += from == asked && to == claimed ? 1 : 0;
            acks += from == asked && to == Stranger ? 1 : 0;
        };

        Inject(asked, (ref PacketWriter writer) =>
        {
            writer.TryPing(new Ping(1, 2, new MemberId(77), asked.Node.Self.Id.Tag, uint.MaxValue));
            writer.TryAlive(new MemberId(77), incarnation, claimed, "payments-2", "zone-a", 1);
        });

        Assert.Equal((1, 1), (questions, acks));
    }

    [Fact]
    public void Forged_bearers_of_a_nodes_name_are_asked_only_so_often()
    {
        using var world = Converged(2, 2);
        var before = world.Nodes[0].Node.Counters.BytesSent;

        for (var i = 1; i <= 1000; i++)
        {
            var address = PeerAddress.From(IPAddress.Parse("198.51.100.7"), i);
            var id = new MemberId((ulong)i);
            Inject(world.Nodes[0], (ref PacketWriter writer) => writer.TryAlive(id, new Incarnation(1), address, "node-0", "", 1));
        }

        var joins = world.Nodes[0].Node.Counters.BytesSent - before;
        Assert.InRange(joins, 1, Limits.SeedAliases * 200);
    }

    [Fact]
    public void A_forged_bearer_of_a_newcomers_name_is_asked_once()
    {
        using var world = new World(2);
        var lone = world.Add();
        var address = PeerAddress.From(IPAddress.Parse("198.51.100.7"), 53);
        var packets = new List<byte[]>();
        world.Network.Tap = (_, _, _, packet) => packets.Add(packet);

        Inject(lone, (ref PacketWriter writer) => writer.TryAlive(new MemberId(5), new Incarnation(1), address, "node-0", "", 1));
        var question = Assert.Single(packets);
        world.RunFor(0.5 * Second);

        Assert.Single(packets, question.SequenceEqual);
    }

    [Fact]
    public void A_relay_pings_nobody_that_is_not_in_its_table()
    {
        using var world = Converged(3, 3);
        var target = world.Nodes[2].Node.Self.Id;
        var victim = PeerAddress.From(IPAddress.Parse("198.51.100.7"), 53);
        var hit = 0;
        world.Network.Tap = (_, to, _, _) => hit += to == victim ? 1 : 0;

        Inject(
            world.Nodes[1],
            (ref PacketWriter writer) => writer.TryPingRequest(new PingRequest(7, 0, world.Nodes[0].Node.Self.Id, target, victim)),
            world.Nodes[0].Address);
        world.RunFor(5 * Second);

        Assert.Equal(0, hit);
    }

    [Fact]
    public void An_unknown_caller_gets_no_more_bytes_than_it_sent()
    {
        using var world = Converged(4, 3);
        long sent = 0, answered = 0;
        world.Network.Tap = (_, to, _, bytes) => answered += to == Stranger ? bytes.Length : 0;

        for (uint sequence = 0; sequence < 200; sequence++)
        {
            var ping = new Ping(sequence * 700, 0, new MemberId(ulong.MaxValue - sequence), 0, uint.MaxValue);
            sent += Inject(world.Nodes[0], (ref PacketWriter writer) => writer.TryPing(ping));
            sent += Inject(world.Nodes[0], (ref PacketWriter writer) => writer.TryDigest(0, 0, []));
            sent += Inject(world.Nodes[0], (ref PacketWriter writer) => writer.TryWant([]));
        }

        Assert.InRange(answered, 1, sent);
    }

    [Fact]
    public void An_ack_with_a_wrong_tag_costs_a_suspicion_that_the_member_refutes_and_not_its_life()
    {
        using var world = Converged(5, 4);
        var forged = false;
        world.Network.Tap = (from, to, delivery, bytes) =>
        {
            // Every sequence number, from the target's own address, while the first probe of node 2 is under way.
            if (forged || from.Index != 0 || to != world.Nodes[2].Address || delivery != Delivery.Datagram)
                return;
            forged = true;
            // Its token too, which only an attacker on the path can know.
            var token = TokenOf(bytes);
            for (uint sequence = 0; sequence <= ushort.MaxValue; sequence++)
            {
                var ack = new Ack(sequence, token, 12345, 0);
                Inject(world.Nodes[0], (ref PacketWriter writer) => writer.TryAck(ack), world.Nodes[2].Address);
            }
        };

        world.RunFor(30 * Second);

        Assert.True(forged);
        Assert.DoesNotContain(world.Observations, seen => seen.Kind == ClusterEventKind.MemberDied);
        Assert.True(world.IsInAgreement(), world.ToString());
    }

    [Fact]
    public void A_full_table_does_not_give_up_a_live_member_for_one_that_it_cannot_admit()
    {
        using var world = new World(6);
        world.AddCluster(2, options => options with { MaxMembers = 2 });
        Assert.True(world.RunUntil(world.IsInAgreement, Second), world.ToString());
        var (address, incarnation) = (world.Nodes[1].Address.WithPort(9), world.Nodes[1].Node.Self.Claim.Incarnation);

        Inject(world.Nodes[0], (ref PacketWriter writer) => writer.TryAlive(new MemberId(5), incarnation, address, "usurper", "", 1));

        Assert.Equal(2, world.Nodes[0].AliveCount);
        Assert.True(world.Nodes[0].Node.Counters.Dropped(DropReason.LimitReached) > 0);
    }

    [Theory]
    [InlineData("node-\u202E7", "")]
    [InlineData("node\u200D-7", "")]
    [InlineData("node-7", "zone\u2028a")]
    public void A_member_with_a_name_that_cannot_be_seen_is_not_let_in(string name, string zone)
    {
        using var world = Converged(1, 2);
        var node = world.Nodes[0].Node;
        var address = PeerAddress.From(IPAddress.Parse("198.51.100.7"), 7390);

        Inject(world.Nodes[0], (ref PacketWriter writer) => writer.TryAlive(new MemberId(7), new Incarnation(1), address, name, zone, 1));

        Assert.Null(node.FindMember(new MemberId(7)));
        Assert.Equal(1, node.Counters.Dropped(DropReason.MalformedMessage));
        Inject(world.Nodes[0], (ref PacketWriter writer) => writer.TryAlive(new MemberId(7), new Incarnation(1), address, "node-7", "zone", 1));
        Assert.NotNull(node.FindMember(new MemberId(7)));
    }

    [Fact]
    public void A_record_with_a_name_that_cannot_be_seen_is_held_and_digested_and_shown_to_nobody()
    {
        using var world = Converged(2, 3);
        var owner = world.Nodes[1].Node.Self;
        world.Nodes[1].Register(new ServiceRecord { InstanceId = "a", Service = "orders" });
        world.RunFor(Second);
        var (node, version) = (world.Nodes[2].Node, owner.RecordsVersion + 1);
        var digest = node.Digest;
        var entry = new DeltaEntry("b", version, Sample.Payload(new ServiceRecord { InstanceId = "b", Service = "ord\u202Eers" }), default);

        Inject(world.Nodes[2], (ref PacketWriter writer) => writer.TryDelta(owner.Id, version - 1, version, 0, [entry]));

        Assert.Equal(version, node.FindMember(owner.Id)!.RecordsVersion);
        Assert.NotEqual(digest, node.Digest);
        Assert.Equal("orders", Assert.Single(node.ServicesOf(owner.Id)).Service);
        Assert.Equal(1, node.Counters.Dropped(DropReason.MalformedMessage));
    }

    /// <summary>A world in which the second of four nodes offers some instances, as all know.</summary>
    private static World Offering(out Member owner, params string[] instances)
    {
        var world = Converged(1, 4);
        owner = world.Nodes[1].Node.Self;
        foreach (var instance in instances)
            world.Nodes[1].Register(new ServiceRecord { InstanceId = instance, Service = "orders" });
        world.RunFor(Second);
        return world;
    }

    internal static List<MessageType> Messages(byte[] frame)
    {
        var types = new List<MessageType>();
        var reader = new PacketReader(Foreign.BodyOf(frame));
        while (reader.TryNext(out var type, out _))
            types.Add(type);
        return types;
    }

    private static uint TokenOf(byte[] ping)
    {
        var reader = new PacketReader(Foreign.BodyOf(ping));
        Assert.True(reader.TryNext(out _, out var message) && PacketReader.TryPing(message, out var asked));
        PacketReader.TryPing(message, out asked);
        return asked.Token;
    }

    private static int Inject(SimulatedNode node, ForgedPacket.Fill fill, PeerAddress? from = null) =>
        ForgedPacket.Send(node, from ?? Stranger, fill);
}
