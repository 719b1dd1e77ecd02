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

    private sealed class Failing : IOutbox
    {
        public void Send(PeerAddress peer, ReadOnlySpan<byte> packet, Delivery delivery) => throw new IOException("The outbox fails.");

        public void Publish(in ClusterEvent happened) => throw new IOException("The outbox fails.");
    }
}
