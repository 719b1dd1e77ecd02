using System.Net;
using static Gossip.Protocol.Tests.Worlds;

namespace Gossip.Protocol.Tests.Joining;

/// <summary>When seeds are asked, and which of many.</summary>
public sealed class SeedScheduleScripts
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    [Fact]
    public void A_node_whose_last_peer_has_gone_asks_every_second_again()
    {
        using var world = Converged(1, 2);
        var nobody = world.Add();
        nobody.Crash(withHost: true);
        world.Nodes[1].SeededBy(nobody);
        world.Nodes[0].Leave();
        world.RunUntil(() => world.Nodes[1].Node.PeerCount == 0, 1000 * Millisecond);
        var asked = 0;
        world.Network.Tap = (_, to, _, _) => asked += to == nobody.Address ? 1 : 0;

        world.RunFor(10_000 * Millisecond);

        Assert.InRange(asked, 9, 10);
    }

    /// <summary>A wake-up costs an idle node more than what it does then.</summary>
    [Fact]
    public void A_node_in_company_asks_a_seed_together_with_its_probe()
    {
        using var world = Converged(2, 3);
        var nobody = world.Add();
        nobody.Crash(withHost: true);
        world.Nodes[1].SeededBy(nobody);
        world.RunFor(5_000 * Millisecond);
        var tries = new List<TimeSpan>();
        var probes = new HashSet<TimeSpan>();
        world.Network.Tap = (from, to, _, _) =>
        {
            if (from == world.Nodes[1] && to != nobody.Address)
                probes.Add(world.Now);
            else if (to == nobody.Address && (tries.Count == 0 || world.Now - tries[^1] > 5_000 * Millisecond))
                tries.Add(world.Now);
        };

        world.RunFor(120_000 * Millisecond);

        Assert.InRange(tries.Count, 10, 12);
        Assert.All(tries, at => Assert.Contains(at, probes));
    }

    [Fact]
    public void Many_seeds_are_asked_in_turns_and_neighbours_all_at_once_by_a_node_that_is_alone()
    {
        using var lone = new Node(Sample.Options(), new Randomness(1), Instant.Start);
        var outbox = new Kept();
        PeerAddress[] seeds = [.. Enumerable.Range(100, 40).Select(i => Sample.Options(i).Address)];
        PeerAddress[] neighbours = [.. Enumerable.Range(200, 4).Select(i => Sample.Options(i).Address)];
        lone.FollowSeeds(Instant.Start, seeds, neighbours);
        for (var now = Instant.Start; now < Instant.Start + TimeSpan.FromSeconds(5); now = lone.NextDeadline)
        {
            outbox.Sent.Clear();
            lone.Tick(now, outbox);
            // What is sent between two seconds says a first question again.
            if (now.SinceStart.Ticks % TimeSpan.TicksPerSecond == 0)
                Assert.Equal([.. Turn(now.SinceStart.Seconds), .. neighbours], outbox.Sent.Select(sent => sent.Peer));
        }

        IEnumerable<PeerAddress> Turn(int second) => Enumerable.Range(16 * second, 16).Select(i => seeds[i % seeds.Length]);
    }

    [Fact]
    public void Seeds_that_are_named_anew_are_asked_at_once_and_those_before_them_no_longer()
    {
        using var lone = new Node(Sample.Options(), new Randomness(1), Instant.Start);
        var outbox = new Kept();
        lone.FollowSeeds(Instant.Start, [Sample.Options(2).Address], []);
        lone.Tick(Instant.Start, outbox);
        outbox.Sent.Clear();
        var later = Instant.Start + (300 * Millisecond);
        lone.FollowSeeds(later, [Sample.Options(3).Address], []);
        lone.Tick(later, outbox);
        Assert.Contains(outbox.Sent, sent => sent.Peer == Sample.Options(3).Address);
        outbox.Sent.Clear();
        for (var now = later + (400 * Millisecond); now < later + TimeSpan.FromSeconds(5); now = lone.NextDeadline)
            lone.Tick(now, outbox);

        Assert.DoesNotContain(outbox.Sent, sent => sent.Peer == Sample.Options(2).Address);
        Assert.Contains(outbox.Sent, sent => sent.Peer == Sample.Options(3).Address);
    }

    [Fact]
    public void An_outbox_that_throws_has_no_seed_asked_before_its_time()
    {
        using var lone = new Node(Sample.Options(), new Randomness(1), Instant.Start);
        lone.FollowSeeds(Instant.Start, [Sample.Options(2).Address], []);
        Assert.Throws<IOException>(() => lone.Tick(Instant.Start, new Failing()));
        var outbox = new Kept();
        for (var now = Instant.Start; now < Instant.Start + (1000 * Millisecond); now += 10 * Millisecond)
            lone.Tick(now, outbox);
        Assert.Empty(outbox.Sent);
        lone.Tick(Instant.Start + (1000 * Millisecond), outbox);
        Assert.NotEmpty(outbox.Sent);
    }

    [Fact]
    public void An_address_that_was_the_nodes_own_is_asked_when_the_node_has_moved()
    {
        using var mover = new Node(Sample.Options(), new Randomness(1), Instant.Start);
        var (before, outbox) = (mover.Self.Address, new Kept());
        // A node that is reached there by another name has found itself, and remembers it.
        mover.FollowSeeds(Instant.Start, [before, before.WithPort(1)], []);
        mover.Tick(Instant.Start, outbox);
        Assert.Equal([before.WithPort(1)], outbox.Sent.Select(sent => sent.Peer));
        mover.Receive(Instant.Start, before, outbox.Sent[0].Packet, Delivery.Datagram, outbox);
        mover.Receive(Instant.Start, before, outbox.Sent[^1].Packet, Delivery.Datagram, outbox);

        mover.Readdress(Instant.Start, Sample.Options(9).Address, outbox);
        outbox.Sent.Clear();
        mover.Tick(Instant.Start + SeedSchedule.PauseAlone, outbox);

        Assert.Equal([before, before.WithPort(1)], outbox.Sent.Select(sent => sent.Peer).Distinct());
    }

    [Fact]
    public void A_crowd_of_silent_addresses_hides_none_behind_it_for_ever()
    {
        using var lone = new Node(Sample.Options(), new Randomness(1), Instant.Start);
        PeerAddress[] crowd = [.. Enumerable.Range(0, 200).Select(i => PeerAddress.From(new IPAddress([10, 9, 0, (byte)i]), 7390))];
        var (outbox, rounds) = (new Kept(), 0);
        for (; !outbox.Sent.Exists(sent => sent.Peer == crowd[^1]); rounds++)
        {
            outbox.Sent.Clear();
            foreach (var one in crowd)
                lone.Join(Instant.Start + (rounds * TimeSpan.FromSeconds(10)), one, outbox);
            // Those that take the places of others are asked too: 64 · (1 + ln(200 / 64)) on average.
            Assert.InRange(outbox.Sent.Count, 64, 180);
            Assert.True(rounds < 50, "It is never asked.");
        }
    }

    private sealed class Failing : IOutbox
    {
        public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery) => throw new IOException("The outbox fails.");

        public void Publish(in ClusterEvent happened) => throw new IOException("The outbox fails.");
    }
}
